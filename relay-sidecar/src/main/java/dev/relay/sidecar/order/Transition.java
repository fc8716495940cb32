package dev.relay.sidecar.order;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One numbered change of one order, the unit of journal, Redis script and bus event.
 *
 * @param isNew true for the intent of an order: the journal refuses it when the client id exists already
 * @param fill the fill booked by it, if any
 * @param position the position after that fill; present exactly when {@code fill} is
 */
public record Transition(
        long eventNo,
        long atMs,
        boolean isNew,
        OrderView order,
        @Nullable Fill fill,
        @Nullable PositionView position) {

    /** The event as agents see it on the bus and in the stream: the order's fields, then those of the fill. */
    public Map<String, String> toEventFields() {
        Map<String, String> fields = new LinkedHashMap<>(order.toFields());
        if (fill != null) {
            fields.put("fill_trade_id", fill.tradeId());
            fields.put("fill_price", Decimals.text(fill.price()));
            fields.put("fill_quantity", Decimals.text(fill.quantity()));
            fields.put("fill_commission", Decimals.text(fill.commission()));
            fields.put("fill_commission_asset", fill.commissionAsset());
            fields.put("fill_at_ms", Long.toString(fill.atMs()));
        }
        if (position != null) {
            fields.put("position_quantity", Decimals.text(position.quantity()));
        }
        return fields;
    }
}
