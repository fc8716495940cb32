package dev.relay.client.internal;

import dev.relay.protocol.Json;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of one control frame; a field that is missing or of another type throws {@link IllegalArgumentException}. */
final class Fields {
    private final Map<String, @Nullable Object> json;

    Fields(ByteBuffer b, int at) {
        this.json = Json.control(b, at);
    }

    private Fields(Map<String, @Nullable Object> json) {
        this.json = json;
    }

    Map<String, @Nullable Object> all() {
        return json;
    }

    long number(String key) {
        if (json.get(key) instanceof Long value) {
            return value;
        }
        throw new IllegalArgumentException("a whole number is missing: field=" + key);
    }

    long numberOr(String key, long absent) {
        return json.containsKey(key) ? number(key) : absent;
    }

    String text(String key) {
        if (json.get(key) instanceof String value) {
            return value;
        }
        throw new IllegalArgumentException("a text is missing: field=" + key);
    }

    String textOr(String key, String absent) {
        return json.get(key) instanceof String value ? value : absent;
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(json.get(key));
    }

    @SuppressWarnings("unchecked")
    Fields object(String key) {
        return new Fields(json.get(key) instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of());
    }
}
