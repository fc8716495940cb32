package dev.relay.client.internal;

import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what changed of an agent's own state since the daemon confirmed it last, as arguments of {@code state.update} of at most
 * {@value #CHUNK_BYTES} bytes each. What is under way counts as unknown until it is confirmed, so that a lost answer costs only that it is
 * sent again. Plain code for one thread at a time.
 */
public final class StateSender {
    static final int CHUNK_BYTES = 32 << 10;

    /** Confirmed values by key, as JSON. */
    private final Map<String, String> told = new LinkedHashMap<>();

    private long version;

    /** What to send for these values and removals, in order; empty when the daemon has it all. */
    public List<Map<String, Object>> changes(Map<String, ?> set, Collection<String> remove) {
        List<Map<String, Object>> changes = new ArrayList<>();
        Map<String, @Nullable Object> chunk = new LinkedHashMap<>();
        int bytes = 0;
        for (Map.Entry<String, ?> entry : set.entrySet()) {
            String json = Json.write(entry.getValue());
            if (json.equals(told.get(entry.getKey()))) {
                continue;
            }
            int more = entry.getKey().length() + json.getBytes(StandardCharsets.UTF_8).length;
            if (bytes + more > CHUNK_BYTES && !chunk.isEmpty()) {
                changes.add(change(chunk, List.of()));
                chunk = new LinkedHashMap<>();
                bytes = 0;
            }
            chunk.put(entry.getKey(), entry.getValue());
            bytes += more;
        }
        Set<String> removed = new LinkedHashSet<>(remove);
        if (!chunk.isEmpty() || !removed.isEmpty()) {
            changes.add(change(chunk, new ArrayList<>(removed)));
        }
        return changes;
    }

    private static Map<String, Object> change(Map<String, @Nullable Object> set, List<String> remove) {
        Map<String, Object> change = new LinkedHashMap<>();
        if (!set.isEmpty()) {
            change.put("set", set);
        }
        if (!remove.isEmpty()) {
            change.put("remove", remove);
        }
        return change;
    }

    /** The change is about to be written: until it is confirmed nobody knows these keys. */
    public void writing(Map<String, Object> change) {
        keys(change.get("set")).forEach(told::remove);
        if (change.get("remove") instanceof List<?> removed) {
            removed.forEach(key -> told.remove(String.valueOf(key)));
        }
    }

    private static Set<?> keys(@Nullable Object set) {
        return set instanceof Map<?, ?> map ? map.keySet() : Set.of();
    }

    /** The daemon has it, and keeps it. */
    public void confirmed(Map<String, Object> change, long newVersion) {
        version = newVersion;
        if (change.get("set") instanceof Map<?, ?> set) {
            set.forEach((key, value) -> told.put(String.valueOf(key), Json.write(value)));
        }
    }

    /** After a reconnect: what to send again as the daemon is at another version than it told last, such as one with a new store. */
    public List<Map<String, Object>> repair(long daemonVersion) {
        if (daemonVersion == version || told.isEmpty()) {
            return List.of();
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        told.forEach((key, json) -> all.put(key, Json.parse(json)));
        told.clear();
        return changes(all, List.of());
    }

    /** Keys that the daemon is known to have. */
    public Set<String> keys() {
        return Set.copyOf(told.keySet());
    }

    public long version() {
        return version;
    }
}
