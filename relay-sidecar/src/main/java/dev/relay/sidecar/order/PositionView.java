package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** A position at one event. Amounts are in the base asset ({@code quantity}, {@code bought}, {@code sold}) or the quote. */
public record PositionView(
        String symbol,
        BigDecimal quantity,
        BigDecimal averageCost,
        BigDecimal cost,
        BigDecimal realised,
        BigDecimal bought,
        BigDecimal sold,
        Map<String, BigDecimal> fees,
        long fillCount,
        long eventNo) {

    /** The fields as text, in the order in which they are written; fees are {@code fee:<ASSET>}. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("symbol", symbol);
        fields.put("quantity", Decimals.text(quantity));
        fields.put("average_cost", Decimals.text(averageCost));
        fields.put("cost", Decimals.text(cost));
        fields.put("realised_pnl", Decimals.text(realised));
        fields.put("bought", Decimals.text(bought));
        fields.put("sold", Decimals.text(sold));
        fields.put("fills", Long.toString(fillCount));
        fields.put("event", Long.toString(eventNo));
        new TreeMap<>(fees).forEach((asset, amount) -> fields.put("fee:" + asset, Decimals.text(amount)));
        return fields;
    }
}
