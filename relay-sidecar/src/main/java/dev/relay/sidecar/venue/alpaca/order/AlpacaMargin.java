package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Alpaca's margin call: an account that is worth less than what its positions must be backed with. Relay asks for nothing
 * with borrowed money, but others may trade the same account. Thread "orders".
 */
final class AlpacaMargin {
    private @Nullable String call;

    void onAccount(JsonNode account) {
        BigDecimal worth = AlpacaReports.decimal(account, "equity");
        BigDecimal needed = AlpacaReports.decimal(account, "maintenance_margin");
        call = worth.compareTo(needed) < 0
                ? "equity=" + worth.toPlainString() + " maintenance_margin=" + needed.toPlainString()
                : null;
    }

    /** Null: there is none, as far as was told. */
    @Nullable
    String call() {
        return call;
    }
}
