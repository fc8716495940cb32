package dev.relay.daemon.routing;

import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the arguments of a CONTROL operation: what is absent or of another type is what the caller says instead. */
public final class Arguments {
    public static String text(Map<String, @Nullable Object> json, String key, String otherwise) {
        return json.get(key) instanceof String s ? s : otherwise;
    }

    public static long number(Map<String, @Nullable Object> json, String key, long otherwise) {
        return json.get(key) instanceof Long n ? n : otherwise;
    }

    public static boolean flag(Map<String, @Nullable Object> json, String key, boolean otherwise) {
        return json.get(key) instanceof Boolean b ? b : otherwise;
    }

    /** The object under the key; empty when it is absent, null when it is something else. */
    @SuppressWarnings("unchecked")
    public static @Nullable Map<String, @Nullable Object> object(Map<String, @Nullable Object> json, String key) {
        Object value = json.get(key);
        if (value == null) {
            return Map.of();
        }
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : null;
    }

    /** Whose namespace an operation is about: the caller's; of one who sees all, the one that is named. */
    public static String namespace(Caller caller, Map<String, @Nullable Object> json) {
        return caller.namespace().isEmpty() ? text(json, "namespace", "default") : caller.namespace();
    }

    /** Bytes that a value takes as JSON. */
    public static int bytes(@Nullable Object value) {
        return Json.write(value).getBytes(StandardCharsets.UTF_8).length;
    }

    /** The texts of a list; empty when it is absent, null when it is no list of texts. */
    public static @Nullable List<String> texts(Map<String, @Nullable Object> json, String key) {
        Object value = json.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> items)) {
            return null;
        }
        List<String> texts = new ArrayList<>(items.size());
        for (Object item : items) {
            if (!(item instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    private Arguments() {}
}
