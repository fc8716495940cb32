package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one agent shares: a map whose version rises by one with each update. Its bounds are {@link StateDesk}'s. Core thread only. */
final class AgentState {
    /** A value and its size, that of its key included. */
    record Value(@Nullable Object json, int bytes) {}

    private static final int PAGE_BYTES = 40 << 10;

    final String namespace;
    final String name;
    final NavigableMap<String, Value> values = new TreeMap<>();
    long version;
    long bytes;
    /** Keys that changed since their rows were written last. */
    final Set<String> unkept = new LinkedHashSet<>();
    /** Updates whose rows are not written yet. */
    final List<Runnable> unanswered = new ArrayList<>();
    /** Rows are on their way to the disk; what changes meanwhile goes with the next ones. */
    boolean isBeingKept;
    /** Who watches it, as of {@link #watchersOf}. */
    List<StateWatcher> watchers = List.of();

    long watchersOf = -1;

    AgentState(String namespace, String name) {
        this.namespace = namespace;
        this.name = name;
    }

    /** Of a key and its value, 0 when it has none. */
    int bytesOf(String key) {
        Value value = values.get(key);
        return value == null ? 0 : value.bytes;
    }

    void put(String key, Value value) {
        bytes += value.bytes - bytesOf(key);
        values.put(key, value);
    }

    void remove(String key) {
        bytes -= bytesOf(key);
        values.remove(key);
    }

    /** Fills in what comes after a key and fits one frame; returns the last key when there is more. */
    @Nullable
    String page(String after, Map<String, @Nullable Object> into) {
        NavigableMap<String, Value> rest = values.tailMap(after, false);
        int bytes = 0;
        String last = after;
        for (Map.Entry<String, Value> entry : rest.entrySet()) {
            bytes += entry.getValue().bytes() + 4;
            if (bytes > PAGE_BYTES) {
                return last;
            }
            last = entry.getKey();
            into.put(last, entry.getValue().json());
        }
        return null;
    }

    void answerOnceKept(Answer answer, int changed) {
        long now = version;
        unanswered.add(() -> answer.ok(Map.of("version", now, "changed", (long) changed)));
    }
}
