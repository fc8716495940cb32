package dev.relay.sidecar.order;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a venue says about one order, in one message.
 *
 * @param clientId the original client id; null where the venue names only its own (trade lists)
 * @param state null where the message says nothing about it
 * @param cumulative null where the message says nothing about it
 * @param terms what the order asked for, known from reports that repeat it; used for external orders only
 * @param venueAtMs the venue's time of what is reported; 0 when it has none
 */
public record OrderReport(
        Source source,
        String symbol,
        @Nullable String clientId,
        String venueOrderId,
        @Nullable OrderState state,
        @Nullable BigDecimal cumulative,
        @Nullable Fill fill,
        @Nullable OrderTerms terms,
        String reason,
        long venueAtMs) {

    /** Where a report comes from. */
    public enum Source {
        /** The user data stream. */
        PUSH,
        /** The answer to our own place or cancel. */
        ANSWER,
        /** The answer to a query. */
        POLL
    }

    /** A fill alone, as trade lists give it. */
    public static OrderReport ofTrade(Source source, Fill fill) {
        return new OrderReport(
                source, fill.symbol(), null, fill.venueOrderId(), null, null, fill, null, "", fill.atMs());
    }
}
