package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one agent shares: a map whose version rises by one with each update. Its bounds are {@link StateDesk}'s. Core thread only. */
final class AgentState {
    /** A value and its size, that of its key included. */
    record Value(@Nullable Object json, int bytes) {}

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

    void put(String key, Value value) {
        Value old = values.put(key, value);
        bytes += value.bytes - (old == null ? 0 : old.bytes);
    }

    void remove(String key) {
        Value old = values.remove(key);
        bytes -= old == null ? 0 : old.bytes;
    }

    void answerOnceKept(Answer answer, int changed) {
        long now = version;
        unanswered.add(() -> answer.ok(java.util.Map.of("version", now, "changed", (long) changed)));
    }
}
