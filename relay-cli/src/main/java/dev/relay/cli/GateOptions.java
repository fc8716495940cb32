package dev.relay.cli;

import dev.relay.sidecar.quality.QualityConfig;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code --gate KEY=VALUE,…}; every mistake is reported at once. One thread, one use. */
final class GateOptions {
    private static final Set<String> KEYS = Set.of("max_jump", "confirmations", "confirm_ms", "max_silence_ms");
    private static final BigDecimal PPM = BigDecimal.valueOf(1_000_000);

    private final Map<String, String> given;
    private final List<String> mistakes = new ArrayList<>();

    private GateOptions(Map<String, String> given) {
        this.given = given;
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
        given.keySet().stream()
                .filter(key -> !KEYS.contains(key))
                .sorted()
                .forEach(key -> mistakes.add("unknown key " + key + ", known: "
                        + String.join(" ", KEYS.stream().sorted().toList())));
        int jump = share("max_jump", base.maxJumpPpm());
        long confirmations = number("confirmations", base.confirmations(), 1, 1_000);
        long confirmMs = number("confirm_ms", base.confirmMs(), 0, 600_000);
        long silenceMs = number("max_silence_ms", base.maxSilenceMs(), 1, 3_600_000);
        if (!mistakes.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "--gate: " + String.join("; ", mistakes));
        }
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
        mistakes.add(key + "=" + text + ": must be a decimal share of at most six places, 0.05 is five per cent");
        return fallback;
    }

    private long number(String key, long fallback, long least, long most) {
        String text = given.get(key);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below, with the range
        }
        mistakes.add(key + "=" + text + ": must be a whole number from " + least + " to " + most);
        return fallback;
    }
}
