package dev.relay.sidecar.order;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something in which this side and the venue did not agree, as reconciliation found it. Kept in the journal, chained in
 * its audit, published as an alert.
 *
 * @param atMs this machine's clock
 * @param symbol empty where it concerns no instrument
 * @param clientId empty where no order is concerned
 * @param detail names and values, {@code name=value}
 */
public record Discrepancy(Kind kind, long atMs, String symbol, String clientId, String venueOrderId, String detail) {

    /** What kinds there are; each is a counter. */
    public enum Kind {
        /** An order that nobody here placed. */
        EXTERNAL_ORDER,
        /** An order at the venue under an id of our form that the journal does not know. */
        ORPHAN_ORDER,
        /** A report on an instrument that is not configured: no position is kept for it. */
        FOREIGN_SYMBOL,
        /** A fill that only the venue's trade list told. */
        MISSED_FILL,
        /** An order's end that only a query told. */
        MISSED_REPORT,
        /** The venue does not find an order that it had acknowledged. */
        VANISHED_ORDER,
        /** A write without an answer in time; the order was found open and is being cancelled. */
        STUCK_ORDER,
        /** The venue's balance is not what the anchor, fills, fees and transfers make. */
        BALANCE_DIFFERS
    }

    /** As agents and reports get it. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("kind", kind.name());
        fields.put("at_ms", Long.toString(atMs));
        fields.put("symbol", symbol);
        fields.put("client_order_id", clientId);
        fields.put("venue_order_id", venueOrderId);
        fields.put("detail", detail);
        return fields;
    }
}
