package dev.relay.cli;

import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 500ms}, {@code 20s}, {@code 2m}, {@code 1h}. */
final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        String t = text.strip().toLowerCase(Locale.ROOT);
        int unitAt = t.length();
        while (unitAt > 0 && Character.isLetter(t.charAt(unitAt - 1))) {
            unitAt--;
        }
        try {
            long amount = Long.parseLong(t.substring(0, unitAt));
            return switch (t.substring(unitAt)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> throw new TypeConversionException("'" + text + "' needs a unit: ms, s, m or h");
            };
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a duration like 500ms, 20s or 2m");
        }
    }
}
