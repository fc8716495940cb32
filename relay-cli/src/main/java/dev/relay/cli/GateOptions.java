package dev.relay.cli;

import dev.relay.sidecar.quality.QualityConfig;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;

/** Reads {@code --gate KEY=VALUE,…}; every mistake is reported at once. One thread, one use. */
final class GateOptions {
    private static final Set<String> KEYS = Set.of("max_jump", "confirmations", "confirm_ms", "max_silence_ms");
    private static final BigDecimal PPM = BigDecimal.valueOf(1_000_000);

    private final Map<String, String> given;
    private final KeyedNumbers numbers;

    private GateOptions(Map<String, String> given) {
        this.given = given;
        this.numbers = new KeyedNumbers("--gate", KEYS, given);
    }

    /**
     * The bounds of the quality gate; what is not given stays as it is.
     *
     * @throws CliException with every mistake
     */
    static QualityConfig quality(Map<String, String> given) {
        return new GateOptions(given).read(QualityConfig.defaults());
    }

    private QualityConfig read(QualityConfig base) {
        int jump = share("max_jump", base.maxJumpPpm());
        long confirmations = numbers.number("confirmations", base.confirmations(), 1, 1_000);
        long confirmMs = numbers.number("confirm_ms", base.confirmMs(), 0, 600_000);
        long silenceMs = numbers.number("max_silence_ms", base.maxSilenceMs(), 1, 3_600_000);
        numbers.refuseMistakes();
        return new QualityConfig(jump, (int) confirmations, confirmMs, silenceMs);
    }

    /** A share of one, in millionths. */
    private int share(String key, int fallback) {
        String text = given.get(key);
        if (text == null) {
            return fallback;
        }
        try {
            int ppm = new BigDecimal(text).multiply(PPM).intValueExact();
            if (ppm > 0) {
                return ppm;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // said below
        }
        numbers.mistake(key + "=" + text + ": must be a decimal share of at most six places, 0.05 is five per cent");
        return fallback;
    }
}
