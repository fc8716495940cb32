package dev.relay.scenarios;

import dev.relay.client.Groups;
import java.time.Duration;
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

    /** The name under a key as the daemon knows it: with the prefix of the scenario, behind {@code group:} for a group's. */
    String name(String key, String prefix) {
        String name = text(key);
        if (name.startsWith(Groups.PREFIX)) {
            return Groups.PREFIX + prefix + name.substring(Groups.PREFIX.length());
        }
        return flag("raw_name") ? name : prefix + name;
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

    boolean flagOr(String key, boolean absent) {
        return has(key) ? flag(key) : absent;
    }

    @Nullable
    Object value(String key) {
        return json.get(key);
    }

    List<String> texts(String key) {
        return values(key).stream().map(String::valueOf).toList();
    }

    List<String> textsOrNone(String key) {
        return has(key) ? texts(key) : List.of();
    }

    /** The objects of a list, as steps; none when it is absent. */
    @SuppressWarnings("unchecked")
    List<Step> steps(String key) {
        return has(key)
                ? values(key).stream()
                        .map(each -> new Step((Map<String, @Nullable Object>) each))
                        .toList()
                : List.of();
    }

    @SuppressWarnings("unchecked")
    Map<String, Object> object(String key) {
        return (Map<String, Object>) Objects.requireNonNull(json.get(key), key);
    }

    Map<String, Object> objectOrNone(String key) {
        return has(key) ? object(key) : Map.of();
    }

    /** How long the step may take. */
    Duration timeout() {
        return Duration.ofMillis(numberOr("timeout_ms", 5_000));
    }

    List<?> values(String key) {
        return (List<?>) Objects.requireNonNull(json.get(key), key);
    }
}
