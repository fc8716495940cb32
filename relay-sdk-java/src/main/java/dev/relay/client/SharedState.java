package dev.relay.client;

import dev.relay.client.internal.StateReplicas;
import dev.relay.client.internal.StateSender;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * States that agents share: each agent changes its own, everybody may read and watch. Safe for any thread; values are what JSON has. Calls
 * wait for the daemon's answer, 5 s at most, and throw {@link RelayRefused} (TOO_LARGE at the bounds of a state, BAD_NAME, NOT_FOUND) or
 * {@link RelayTimeout}. Watchers are called one at a time on the client's callback thread, with whole states again after a reconnect.
 */
public final class SharedState {
    private static final int MAX_READS = 20;
    private static final int TRIES = 5;

    private record Watch(String pattern, Consumer<StateChange> listener) {
        boolean takes(String agent) {
            return pattern.endsWith("*")
                    ? agent.startsWith(pattern.substring(0, pattern.length() - 1))
                    : agent.equals(pattern);
        }
    }

    private final Relay relay;
    private final Object updating = new Object();
    private final StateSender sender = new StateSender();
    /** Guards the replicas and the watches. */
    private final Object watching = new Object();

    private final StateReplicas replicas = new StateReplicas();
    private final List<Watch> watches = new ArrayList<>();
    private boolean isListening;
    private volatile String lastFailure = "";

    SharedState(Relay relay) {
        this.relay = relay;
    }

    // ---- my own

    /** Sets these keys of this agent's state and leaves the others; only what differs from what the daemon has is sent. Returns the version, kept on disk. */
    public long update(Map<String, ?> values) {
        return update(values, List.of());
    }

    /** The same, and removes those keys. */
    public long update(Map<String, ?> values, Collection<String> remove) {
        listen();
        synchronized (updating) {
            send(sender.changes(values, remove));
            return sender.version();
        }
    }

    /** Makes this the whole state: keys that are not in it are removed, also those of an earlier process. */
    public long replace(Map<String, ?> values) {
        Set<String> remove = new LinkedHashSet<>(get(relay.name()).keySet());
        remove.removeAll(values.keySet());
        return update(values, remove);
    }

    private void send(List<Map<String, Object>> changes) {
        for (Map<String, Object> change : changes) {
            sender.writing(change);
            sender.confirmed(change, version(relay.control("state.update", change)));
        }
    }

    private static long version(Map<String, @Nullable Object> answer) {
        return answer.get("version") instanceof Long version ? version : 0;
    }

    // ---- those of others

    /** The state of an agent; empty when it shares none. */
    public Map<String, @Nullable Object> get(String agent) {
        for (int i = 0; i < MAX_READS; i++) {
            Map<String, @Nullable Object> state = read(agent);
            if (state != null) {
                return state;
            }
        }
        throw new RelayException(
                "TIMEOUT", "the state changed during each of " + MAX_READS + " reads: agent=" + agent + ". Watch it.");
    }

    /** All pages of one version, null when it changed in between. */
    private @Nullable Map<String, @Nullable Object> read(String agent) {
        Map<String, @Nullable Object> state = new LinkedHashMap<>();
        Map<String, @Nullable Object> page = relay.control("state.get", Map.of("agent", agent));
        long version = version(page);
        while (true) {
            if (version(page) != version) {
                return null;
            }
            if (page.get("state") instanceof Map<?, ?> values) {
                values.forEach((key, value) -> state.put(String.valueOf(key), value));
            }
            if (!Boolean.TRUE.equals(page.get("more"))) {
                return state;
            }
            page = relay.control("state.get", Map.of("agent", agent, "after", String.valueOf(page.get("next"))));
        }
    }

    /**
     * Watches the agents whose name is the pattern, or begins with what stands before its {@code *}; also those that come later. First
     * comes the whole state of each.
     */
    public void watch(String pattern, Consumer<StateChange> listener) {
        listen();
        Watch watch = new Watch(pattern, listener);
        synchronized (watching) {
            watches.add(watch);
        }
        try {
            relay.control("state.watch", Map.of("pattern", pattern));
        } catch (RelayRefused e) {
            synchronized (watching) {
                watches.remove(watch);
            }
            throw e;
        }
    }

    /** Ends every watch of this pattern. */
    public void unwatch(String pattern) {
        synchronized (watching) {
            watches.removeIf(watch -> watch.pattern.equals(pattern));
        }
        relay.control("state.unwatch", Map.of("pattern", pattern));
    }

    /** Why the last question after a gap or a reconnect had no answer, "" when all had. */
    public String lastFailure() {
        return lastFailure;
    }

    private void listen() {
        synchronized (watching) {
            if (!isListening) {
                isListening = true;
                relay.follow("state", this::onEvent, this::onConnected);
            }
        }
    }

    private void onEvent(Map<String, @Nullable Object> event) {
        StateReplicas.Change change;
        String gap;
        List<Watch> told;
        synchronized (watching) {
            change = replicas.take(event);
            gap = replicas.pollGap();
            told = List.copyOf(watches);
        }
        if (gap != null) {
            sync(gap);
        }
        if (change != null) {
            StateChange seen = new StateChange(
                    change.agent(),
                    change.version(),
                    change.state(),
                    change.changed(),
                    change.removed(),
                    change.isWhole());
            told.stream().filter(watch -> watch.takes(seen.agent())).forEach(watch -> watch.listener.accept(seen));
        }
    }

    private void sync(String agent) {
        try {
            relay.control("state.sync", Map.of("agent", agent));
        } catch (RelayException e) {
            lastFailure = String.valueOf(e.getMessage());
            synchronized (watching) {
                replicas.notAsked(agent);
            }
        }
    }

    /** Watches end with their connection. A daemon that has another store than before is told our state again. */
    private void onConnected() {
        Set<String> patterns = new LinkedHashSet<>();
        synchronized (watching) {
            replicas.reconnected();
            watches.forEach(watch -> patterns.add(watch.pattern));
        }
        for (int i = 0; i < TRIES; i++) {
            try {
                watchAgain(patterns);
                lastFailure = "";
                return;
            } catch (RelayTimeout e) {
                lastFailure = String.valueOf(e.getMessage());
            } catch (RelayException e) {
                lastFailure = String.valueOf(e.getMessage()); // the connection is gone again: the next one asks anew
                return;
            }
        }
    }

    private void watchAgain(Set<String> patterns) {
        for (String pattern : patterns) {
            relay.control("state.watch", Map.of("pattern", pattern));
        }
        synchronized (updating) {
            if (!sender.keys().isEmpty()) {
                send(sender.repair(version(relay.control("state.get", Map.of("agent", relay.name())))));
            }
        }
    }
}
