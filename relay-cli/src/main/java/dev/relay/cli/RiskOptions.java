package dev.relay.cli;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.risk.RiskLimits;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code --risk KEY=VALUE,…}; every mistake is reported at once. One thread, one use. */
final class RiskOptions {
    private static final Set<String> KEYS = Set.of(
            "on",
            "asset",
            "max_position",
            "max_exposure",
            "max_positions",
            "max_order",
            "collar",
            "daily_loss",
            "duplicate_ms",
            "stale_kill_ms");

    private final Map<String, String> given;
    private final KeyedNumbers numbers;

    private RiskOptions(Map<String, String> given) {
        this.given = given;
        this.numbers = new KeyedNumbers("--risk", KEYS, given);
    }

    /**
     * The limits of an account that trades {@code symbols}; equity is counted in the quote of the first unless {@code asset} says
     * otherwise.
     *
     * @throws CliException with every mistake
     */
    static RiskLimits limits(List<String> symbols, Map<String, String> given) {
        return new RiskOptions(given)
                .read(RiskLimits.defaults(Instrument.of(symbols.get(0)).quote()));
    }

    private RiskLimits read(RiskLimits base) {
        RiskLimits limits = base;
        try {
            limits = new RiskLimits(
                    isOn(),
                    given.getOrDefault("asset", base.asset()),
                    decimal("max_position", base.maxPosition()),
                    decimal("max_exposure", base.maxExposure()),
                    (int) number("max_positions", base.maxPositions()),
                    decimal("max_order", base.maxOrder()),
                    decimal("collar", base.collar()),
                    decimal("daily_loss", base.dailyLoss()),
                    number("duplicate_ms", base.duplicateMs()),
                    number("stale_kill_ms", base.staleKillMs()));
        } catch (IllegalArgumentException e) {
            numbers.mistake(String.valueOf(e.getMessage()));
        }
        numbers.refuseMistakes();
        return limits;
    }

    private boolean isOn() {
        String text = given.getOrDefault("on", "true");
        if (!text.equals("true") && !text.equals("false")) {
            numbers.mistake("on=" + text + ": must be true or false");
        }
        return !text.equals("false");
    }

    private BigDecimal decimal(String key, BigDecimal fallback) {
        try {
            return given.containsKey(key) ? new BigDecimal(given.get(key)) : fallback;
        } catch (NumberFormatException e) {
            numbers.mistake(key + "=" + given.get(key) + ": must be a decimal share, 0.10 is ten per cent");
            return fallback;
        }
    }

    private long number(String key, long fallback) {
        try {
            return given.containsKey(key) ? Long.parseLong(given.get(key)) : fallback;
        } catch (NumberFormatException e) {
            numbers.mistake(key + "=" + given.get(key) + ": must be a whole number");
            return fallback;
        }
    }
}
