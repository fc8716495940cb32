package dev.relay.daemon.config;

import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A whole number with an optional unit: {@code 64MiB}, {@code 7d}, {@code 2_000}. Which units a key takes is the end of its name. Stateless. */
final class Amount {
    private static final Pattern FORM = Pattern.compile("(-?[0-9][0-9_]{0,18})\\s?([A-Za-z]*)");
    private static final Map<String, Long> BYTES = Map.of(
            "", 1L,
            "B", 1L,
            "kB", 1_000L,
            "MB", 1_000_000L,
            "GB", 1_000_000_000L,
            "TB", 1_000_000_000_000L,
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "GiB", 1L << 30,
            "TiB", 1L << 40);
    private static final Map<String, Long> DAYS = Map.of("", 1L, "d", 1L, "w", 7L);
    private static final Map<String, Long> NONE = Map.of("", 1L);

    /** Empty when the text is no number in a unit that the key takes. */
    static OptionalLong parse(String key, String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            return OptionalLong.empty();
        }
        Long factor = units(key).get(form.group(2));
        try {
            return factor == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                            Math.multiplyExact(Long.parseLong(form.group(1).replace("_", "")), factor));
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The units of a key, empty for a plain count. */
    static Map<String, Long> units(String key) {
        return key.endsWith("_bytes") ? BYTES : key.endsWith("_days") ? DAYS : NONE;
    }

    private Amount() {}
}
