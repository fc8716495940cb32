package dev.relay.daemon.routing;

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
