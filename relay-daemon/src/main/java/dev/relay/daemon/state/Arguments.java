package dev.relay.daemon.state;

import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the arguments of an operation, and says what JSON takes on the wire. Keeps nothing. */
public final class Arguments {
    private static final int MAX_KEY_CHARS = 128;

    public static String text(Map<String, @Nullable Object> request, String key, String otherwise) {
        return request.get(key) instanceof String text ? text : otherwise;
    }

    public static long number(Map<String, @Nullable Object> request, String key, long otherwise) {
        return request.get(key) instanceof Long number ? number : otherwise;
    }

    /** The object under the key, an empty one when it is absent, null when it is something else. */
    @SuppressWarnings("unchecked")
    public static @Nullable Map<String, @Nullable Object> object(Map<String, @Nullable Object> request, String key) {
        Object value = request.get(key);
        if (value == null) {
            return Map.of();
        }
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : null;
    }

    /** The list of texts under the key, an empty one when it is absent, null when it is something else. */
    public static @Nullable List<String> texts(Map<String, @Nullable Object> request, String key) {
        Object value = request.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            return null;
        }
        List<String> texts = new ArrayList<>(list.size());
        for (Object each : list) {
            if (!(each instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    /** A key of a state or of a conflated topic: 1 to {@value #MAX_KEY_CHARS} characters, none of them a control character. */
    static boolean isKey(String key) {
        return !key.isEmpty() && key.length() <= MAX_KEY_CHARS && key.chars().noneMatch(Character::isISOControl);
    }

    /** Bytes of the value as JSON. */
    public static int bytes(@Nullable Object json) {
        return Json.write(json).getBytes(StandardCharsets.UTF_8).length;
    }

    private Arguments() {}
}
