package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) for control frames and plain payloads, without a dependency. Objects become {@code LinkedHashMap}, arrays {@code ArrayList}, whole
 * numbers {@code Long}, all other numbers {@code BigDecimal}; no number passes through a double. Duplicate keys, more than
 * {@link Limits#MAX_JSON_DEPTH} levels, invalid UTF-8 and anything behind the value are refused by {@link JsonException}. Stateless.
 */
public final class Json {
    public static @Nullable Object parse(String text) {
        return new JsonReader(text, false).document();
    }

    /** Parses UTF-8 bytes. */
    public static @Nullable Object parse(byte[] utf8) {
        return parse(decode(ByteBuffer.wrap(utf8)));
    }

    /** Parses the body of the control frame at {@code at}; anything but an object, and a number that no double can hold, is refused. */
    public static Map<String, @Nullable Object> control(ByteBuffer b, int at) {
        int length = (int) Frames.len(b, at) - Frames.PREFIX_BYTES;
        return requireObject(new JsonReader(decode(b.slice(at + Frames.PREFIX_BYTES, length)), true).document());
    }

    /** Parses text that must be an object. */
    public static Map<String, @Nullable Object> object(String text) {
        return requireObject(parse(text));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> requireObject(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw new JsonException("expected a JSON object");
    }

    /** Writes maps, iterables, arrays of objects, strings, numbers, booleans and null. Doubles must be finite. */
    public static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder(128);
        JsonWriter.write(out, value);
        return out.toString();
    }

    private static String decode(ByteBuffer utf8) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new JsonException("not UTF-8: " + e);
        }
    }

    private Json() {}
}
