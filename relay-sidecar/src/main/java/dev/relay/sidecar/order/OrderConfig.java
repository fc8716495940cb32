package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.RiskLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The order side of one account.
 *
 * @param account name used in Redis keys and topics: letters, digits, '-' and '_', at most 64
 * @param dataDir the journal's directory; a file {@value #KILL_FILE} in it closes the kill switch
 * @param venue where orders go
 * @param auditDays rows of the journal's audit are kept so long
 * @param cancelsAtStart everything that is open at the venue is cancelled before the first LIVE
 * @param instruments what may be traded; other symbols are refused
 */
public record OrderConfig(
        String account,
        Path dataDir,
        List<Instrument> instruments,
        OrderVenue venue,
        OrderLimits limits,
        RiskLimits risk,
        int auditDays,
        boolean cancelsAtStart) {
    /** Five years. */
    public static final int DEFAULT_AUDIT_DAYS = 1_827;

    public static final String KILL_FILE = "KILLED";

    public OrderConfig {
        if (!account.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "account must be 1 to 64 letters, digits, '-' or '_', account=" + account);
        }
        if (instruments.isEmpty()) {
            throw new IllegalArgumentException("at least one instrument must be configured");
        }
        if (auditDays < 1) {
            throw new IllegalArgumentException("auditDays must be positive, value=" + auditDays);
        }
        instruments = List.copyOf(instruments);
    }

    /** While it is there, the kill switch is on. */
    public Path killFile() {
        return dataDir.resolve(KILL_FILE);
    }

    /** Also where it cannot be told: what cannot be read means killed. */
    boolean hasKillFile() {
        return !Files.notExists(killFile());
    }

    /** With an audit of five years; open orders are kept. */
    public OrderConfig(
            String account,
            Path dataDir,
            List<Instrument> instruments,
            OrderVenue venue,
            OrderLimits limits,
            RiskLimits risk) {
        this(account, dataDir, instruments, venue, limits, risk, DEFAULT_AUDIT_DAYS, false);
    }
}
