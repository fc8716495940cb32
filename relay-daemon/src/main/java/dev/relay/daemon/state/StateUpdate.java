package dev.relay.daemon.state;

import dev.relay.daemon.routing.Arguments;
import dev.relay.protocol.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one update would change of a state, weighed before anything changes. Values that are as they were are no change. Core thread only. */
final class StateUpdate {
    /** Why it is not made. */
    record Refusal(ErrorCode code, String why) {}

    final Map<String, AgentState.Value> puts = new LinkedHashMap<>();
    final List<String> gone;

    private final AgentState state;
    private final Set<String> removed;
    private int bytes;
    private int keys;
    private long growth;
    private @Nullable Refusal refusal;

    StateUpdate(AgentState state, Map<String, @Nullable Object> set, Set<String> removed) {
        this.state = state;
        this.removed = removed;
        gone = removed.stream().filter(state.values::containsKey).toList();
        bytes = removed.stream().mapToInt(String::length).sum();
        keys = state.values.size() - gone.size();
        gone.forEach(key -> growth -= state.bytesOf(key));
        set.forEach(this::put);
    }

    private void put(String key, @Nullable Object value) {
        int size = Arguments.bytes(key) + Arguments.bytes(value);
        refusal = refusal == null ? refusalOf(key, size) : refusal;
        bytes += size;
        AgentState.Value old = state.values.get(key);
        if (old == null || !Objects.equals(old.json(), value)) {
            puts.put(key, new AgentState.Value(value, size));
            growth += size - state.bytesOf(key);
            keys += old == null ? 1 : 0;
        }
    }

    private @Nullable Refusal refusalOf(String key, int size) {
        if (!Keys.isKey(key) || removed.contains(key)) {
            return new Refusal(ErrorCode.BAD_REQUEST, "not a key, or set and removed at once: key=" + key);
        }
        return size > StateDesk.MAX_VALUE_BYTES
                ? tooLarge("key=" + key + " bytes=" + size + " limit=" + StateDesk.MAX_VALUE_BYTES)
                : null;
    }

    private static Refusal tooLarge(String why) {
        return new Refusal(ErrorCode.TOO_LARGE, why);
    }

    /** {@code totalBytes}: of all states as they are. */
    @Nullable
    Refusal refusal(long totalBytes) {
        if (refusal != null) {
            return refusal;
        }
        if (bytes > StateDesk.MAX_UPDATE_BYTES) {
            return tooLarge("the update has bytes=" + bytes + " limit=" + StateDesk.MAX_UPDATE_BYTES);
        }
        if (keys > StateDesk.MAX_KEYS) {
            return tooLarge("the state would have keys=" + keys + " limit=" + StateDesk.MAX_KEYS);
        }
        if (growth > 0 && state.bytes + growth > StateDesk.MAX_AGENT_BYTES) {
            return tooLarge(
                    "the state would have bytes=" + (state.bytes + growth) + " limit=" + StateDesk.MAX_AGENT_BYTES);
        }
        return growth > 0 && totalBytes + growth > StateDesk.MAX_TOTAL_BYTES
                ? tooLarge("the states of all agents would be above bytes=" + StateDesk.MAX_TOTAL_BYTES)
                : null;
    }

    int changed() {
        return puts.size() + gone.size();
    }

    /** Makes it: one version more. Returns by how much the state has grown. */
    long apply() {
        long before = state.bytes;
        puts.forEach(state::put);
        gone.forEach(state::remove);
        state.version++;
        state.unkept.addAll(puts.keySet());
        state.unkept.addAll(gone);
        return state.bytes - before;
    }
}
