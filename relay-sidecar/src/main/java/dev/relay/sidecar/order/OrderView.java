package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * An order at one event: immutable, what the journal, Redis and the bus show.
 *
 * @param agent who asked for it; empty for an external order
 * @param cumulative the largest executed quantity the venue has told
 * @param filled the sum of booked fills; equals {@code cumulative} once every fill has arrived
 * @param pending {@code cancel} or {@code amend} while one is under way or in doubt, else empty
 * @param replaces the client id of the order in whose place this one was put, else empty
 */
public record OrderView(
        String account,
        String clientId,
        String agent,
        String symbol,
        OrderTerms terms,
        OrderState state,
        String venueOrderId,
        BigDecimal cumulative,
        BigDecimal filled,
        BigDecimal notional,
        Map<String, BigDecimal> fees,
        String pending,
        String replaces,
        String reason,
        boolean isExternal,
        long createdAtMs,
        long updatedAtMs,
        long eventNo) {
    private static final int AVERAGE_SCALE = 18;
    private static final String REPLACES = "replaces";
    private static final String FEE = "fee:";

    /** An order of somebody else that is known by its trades only. */
    public boolean isWithoutTerms() {
        return isExternal && terms.quantity().signum() == 0 && !state.isTerminal();
    }

    public boolean hasMissingFills() {
        return cumulative.compareTo(filled) > 0;
    }

    /** The fields as text, in the order in which they are written. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("account", account);
        fields.put("client_order_id", clientId);
        fields.put("venue_order_id", venueOrderId);
        fields.put("agent", agent);
        fields.put("symbol", symbol);
        fields.put("side", terms.side().name());
        fields.put("type", terms.type().name());
        fields.put("price", Decimals.textOrEmpty(terms.price()));
        fields.put("quantity", Decimals.text(terms.quantity()));
        TimeInForce tif = terms.timeInForce();
        fields.put("tif", tif == null ? "" : tif.name());
        fields.put("state", state.name());
        fields.put("cumulative", Decimals.text(cumulative));
        fields.put("filled", Decimals.text(filled));
        fields.put("notional", Decimals.text(notional));
        fields.put("average_price", Decimals.text(averagePrice()));
        fields.put("pending", pending);
        if (!replaces.isEmpty()) {
            fields.put(REPLACES, replaces);
        }
        fields.put("reason", reason);
        fields.put("external", isExternal ? "1" : "0");
        fields.put("created_at_ms", Long.toString(createdAtMs));
        fields.put("updated_at_ms", Long.toString(updatedAtMs));
        fields.put("event", Long.toString(eventNo));
        new TreeMap<>(fees).forEach((asset, amount) -> fields.put(FEE + asset, Decimals.text(amount)));
        return fields;
    }

    private BigDecimal averagePrice() {
        return filled.signum() == 0 ? BigDecimal.ZERO : notional.divide(filled, AVERAGE_SCALE, RoundingMode.HALF_EVEN);
    }

    /** The reverse of {@link #toFields}. */
    public static OrderView fromFields(Map<String, String> fields) {
        String tif = field(fields, "tif");
        OrderTerms terms = new OrderTerms(
                Side.valueOf(field(fields, "side")),
                OrderType.valueOf(field(fields, "type")),
                Decimals.parseOrNull(field(fields, "price")),
                new BigDecimal(field(fields, "quantity")),
                tif.isEmpty() ? null : TimeInForce.valueOf(tif));
        Map<String, BigDecimal> fees = new TreeMap<>();
        fields.forEach((name, value) -> {
            if (name.startsWith(FEE)) {
                fees.put(name.substring(FEE.length()), new BigDecimal(value));
            }
        });
        return new OrderView(
                field(fields, "account"),
                field(fields, "client_order_id"),
                field(fields, "agent"),
                field(fields, "symbol"),
                terms,
                OrderState.valueOf(field(fields, "state")),
                field(fields, "venue_order_id"),
                new BigDecimal(field(fields, "cumulative")),
                new BigDecimal(field(fields, "filled")),
                new BigDecimal(field(fields, "notional")),
                Map.copyOf(fees),
                field(fields, "pending"),
                fields.getOrDefault(REPLACES, ""),
                field(fields, "reason"),
                field(fields, "external").equals("1"),
                Long.parseLong(field(fields, "created_at_ms")),
                Long.parseLong(field(fields, "updated_at_ms")),
                Long.parseLong(field(fields, "event")));
    }

    private static String field(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("order record lacks field=" + name);
        }
        return value;
    }
}
