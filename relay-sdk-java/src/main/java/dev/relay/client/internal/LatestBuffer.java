package dev.relay.client.internal;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be put on conflated topics: the latest value of each key, in the order in which the keys began to wait. At most
 * {@value #MAX_KEYS} keys wait; {@link #put} says no to more. Plain code for one thread at a time.
 */
public final class LatestBuffer {
    static final int MAX_KEYS = 65_536;
    /** A batch costs the daemon some 50 µs at most, so that nothing else waits for longer behind it. */
    static final int BATCH_KEYS = 64;

    /** Values of one topic that go together. */
    public record Batch(String topic, Map<String, @Nullable Object> values) {}

    private final LinkedHashMap<String, LinkedHashMap<String, @Nullable Object>> waiting = new LinkedHashMap<>();
    private int keys;

    /** False when too many keys wait. A key that waits already takes the new value in its place. */
    public boolean put(String topic, String key, @Nullable Object value) {
        LinkedHashMap<String, @Nullable Object> values = waiting.computeIfAbsent(topic, t -> new LinkedHashMap<>());
        if (!values.containsKey(key)) {
            if (keys >= MAX_KEYS) {
                if (values.isEmpty()) {
                    waiting.remove(topic);
                }
                return false;
            }
            keys++;
        }
        values.put(key, value);
        return true;
    }

    public boolean isEmpty() {
        return keys == 0;
    }

    /** The next batch; topics take turns. Null when nothing waits. */
    public @Nullable Batch take() {
        Iterator<Map.Entry<String, LinkedHashMap<String, @Nullable Object>>> first =
                waiting.entrySet().iterator();
        if (!first.hasNext()) {
            return null;
        }
        Map.Entry<String, LinkedHashMap<String, @Nullable Object>> topic = first.next();
        first.remove();
        Map<String, @Nullable Object> batch = new LinkedHashMap<>();
        Iterator<Map.Entry<String, @Nullable Object>> values =
                topic.getValue().entrySet().iterator();
        while (values.hasNext() && batch.size() < BATCH_KEYS) {
            Map.Entry<String, @Nullable Object> value = values.next();
            batch.put(value.getKey(), value.getValue());
            values.remove();
        }
        keys -= batch.size();
        if (!topic.getValue().isEmpty()) {
            waiting.put(topic.getKey(), topic.getValue());
        }
        return new Batch(topic.getKey(), batch);
    }

    /** A batch did not get there: its values wait again unless newer ones do. */
    public void giveBack(Batch batch) {
        LinkedHashMap<String, @Nullable Object> values =
                waiting.computeIfAbsent(batch.topic, t -> new LinkedHashMap<>());
        batch.values.forEach((key, value) -> {
            if (!values.containsKey(key)) {
                values.put(key, value);
                keys++;
            }
        });
    }
}
