package dev.relay.protocol;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one value; the other half of {@link JsonReader}. */
final class JsonWriter {
    /** Longer ones are written with an exponent: readers refuse numbers of many digits. */
    private static final int MAX_PLAIN_CHARS = 64;

    static void write(StringBuilder out, @Nullable Object value) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof BigDecimal decimal) {
            String plain = decimal.toPlainString();
            out.append(plain.length() <= MAX_PLAIN_CHARS ? plain : decimal.toString());
        } else if (value instanceof Number number) {
            number(out, number);
        } else if (value instanceof Map<?, ?> map) {
            object(out, map);
        } else if (value instanceof Iterable<?> list) {
            array(out, list.iterator());
        } else if (value instanceof Object[] array) {
            array(out, Arrays.asList(array).iterator());
        } else if (value instanceof CharSequence || value instanceof Enum<?> || value instanceof Character) {
            string(out, value.toString());
        } else {
            throw new JsonException(
                    "cannot write as JSON: class=" + value.getClass().getName());
        }
    }

    private static void number(StringBuilder out, Number number) {
        if (number instanceof Double || number instanceof Float) {
            if (!Double.isFinite(number.doubleValue())) {
                throw new JsonException("cannot write as JSON: number=" + number);
            }
        }
        out.append(number);
    }

    private static void object(StringBuilder out, Map<?, ?> map) {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            string(out, String.valueOf(entry.getKey()));
            out.append(':');
            write(out, entry.getValue());
            separator = ',';
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private static void array(StringBuilder out, Iterator<?> items) {
        out.append('[');
        while (items.hasNext()) {
            write(out, items.next());
            if (items.hasNext()) {
                out.append(',');
            }
        }
        out.append(']');
    }

    private static void string(StringBuilder out, String s) {
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || (Character.isSurrogate(c) && isLone(s, i))) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static boolean isLone(String s, int i) {
        return Character.isHighSurrogate(s.charAt(i))
                ? i + 1 == s.length() || !Character.isLowSurrogate(s.charAt(i + 1))
                : i == 0 || !Character.isHighSurrogate(s.charAt(i - 1));
    }

    private JsonWriter() {}
}
