package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.RiskLimits;
import java.nio.file.Path;
import java.util.List;

/**
 * The order side of one account.
 *
 * @param account name used in Redis keys and topics: letters, digits, '-' and '_', at most 64
 * @param dataDir the journal's directory; a file {@value #KILL_FILE} in it closes the kill switch
 * @param venue where orders go
 * @param instruments what may be traded; other symbols are refused
 */
public record OrderConfig(
        String account,
        Path dataDir,
        List<Instrument> instruments,
        OrderVenue venue,
        OrderLimits limits,
        RiskLimits risk) {
    public static final String KILL_FILE = "KILLED";

    public OrderConfig {
        if (!account.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "account must be 1 to 64 letters, digits, '-' or '_', account=" + account);
        }
        if (instruments.isEmpty()) {
            throw new IllegalArgumentException("at least one instrument must be configured");
        }
        instruments = List.copyOf(instruments);
    }
}
