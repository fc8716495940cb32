package dev.relay.scenarios;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One step of a scenario with typed access to its fields. */
record Step(Map<String, @Nullable Object> json) {
    boolean has(String key) {
        return json.containsKey(key);
    }

    String text(String key) {
        return (String) Objects.requireNonNull(json.get(key), key);
    }

    String textOr(String key, String absent) {
        return json.get(key) instanceof String text ? text : absent;
    }

    @Nullable
    String textOrNull(String key) {
        return (String) json.get(key);
    }

    int number(String key) {
        return ((Long) Objects.requireNonNull(json.get(key), key)).intValue();
    }

    int numberOr(String key, int absent) {
        return has(key) ? number(key) : absent;
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(json.get(key));
    }

    @Nullable
    Object value(String key) {
        return json.get(key);
    }

    List<String> texts(String key) {
        return values(key).stream().map(String::valueOf).toList();
    }

    @SuppressWarnings("unchecked")
    Map<String, Object> object(String key) {
        return (Map<String, Object>) Objects.requireNonNull(json.get(key), key);
    }

    List<?> values(String key) {
        return (List<?>) Objects.requireNonNull(json.get(key), key);
    }
}
