package dev.relay.sidecar.risk;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bounds of the account; shares are parts of equity, so 0.10 is ten per cent.
 *
 * @param isOn false: no order is refused for risk; the kill switch still works
 * @param asset what equity is counted in, for example USDT
 * @param maxPosition largest worst-case value of one symbol's position
 * @param maxExposure largest sum of those values over all symbols
 * @param maxPositions symbols with a position or an order that would open one
 * @param maxOrder largest value of one order
 * @param collar how far a limit price may cross the mark: a buy above, a sell below it
 * @param dailyLoss share of the day's baseline; at it the kill switch closes
 * @param duplicateMs an agent's order with the terms of its last one within this time is refused; 0 allows it
 * @param staleKillMs with orders open and no believable price for this long, the kill switch closes; 0 never
 */
public record RiskLimits(
        boolean isOn,
        String asset,
        BigDecimal maxPosition,
        BigDecimal maxExposure,
        int maxPositions,
        BigDecimal maxOrder,
        BigDecimal collar,
        BigDecimal dailyLoss,
        long duplicateMs,
        long staleKillMs) {
    public RiskLimits {
        share("maxPosition", maxPosition);
        share("maxExposure", maxExposure);
        share("maxOrder", maxOrder);
        share("collar", collar);
        share("dailyLoss", dailyLoss);
        if (maxPositions < 1 || duplicateMs < 0 || staleKillMs < 0 || asset.isBlank()) {
            throw new IllegalArgumentException("risk limits out of range: maxPositions=" + maxPositions
                    + " duplicateMs=" + duplicateMs + " staleKillMs=" + staleKillMs + " asset=" + asset);
        }
    }

    private static void share(String name, BigDecimal value) {
        if (value.signum() <= 0 || value.compareTo(BigDecimal.TEN) > 0) {
            throw new IllegalArgumentException(name + " must be above 0 and at most 10, value=" + value);
        }
    }

    /** 10 % a position, 50 % in all, 15 positions, 5 % an order, 5 % collar, 5 % daily loss, no repeat within 100 ms, 30 s without a price. */
    public static RiskLimits defaults(String asset) {
        return new RiskLimits(
                true,
                asset,
                new BigDecimal("0.10"),
                new BigDecimal("0.50"),
                15,
                new BigDecimal("0.05"),
                new BigDecimal("0.05"),
                new BigDecimal("0.05"),
                100,
                30_000);
    }

    /** By the names that the command line takes, all text. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("on", Boolean.toString(isOn));
        fields.put("asset", asset);
        fields.put("max_position", maxPosition.toPlainString());
        fields.put("max_exposure", maxExposure.toPlainString());
        fields.put("max_positions", Integer.toString(maxPositions));
        fields.put("max_order", maxOrder.toPlainString());
        fields.put("collar", collar.toPlainString());
        fields.put("daily_loss", dailyLoss.toPlainString());
        fields.put("duplicate_ms", Long.toString(duplicateMs));
        fields.put("stale_kill_ms", Long.toString(staleKillMs));
        return fields;
    }

    /** Nothing is refused; for tests of other parts and venues that keep their own limits. */
    public static RiskLimits off() {
        RiskLimits d = defaults("USDT");
        return new RiskLimits(
                false,
                d.asset,
                d.maxPosition,
                d.maxExposure,
                d.maxPositions,
                d.maxOrder,
                d.collar,
                d.dailyLoss,
                d.duplicateMs,
                d.staleKillMs);
    }
}
