package dev.relay.client.internal;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a watcher knows of the states of others, made of the daemon's events: whole states, in pages, and changes from one version to the
 * next. A change that does not fit the version is a gap: its agent is asked for once, and nothing of it is applied until its whole state
 * has come. As many replicas as agents that match what is watched. Plain code for one thread at a time.
 */
public final class StateReplicas {
    /** What an event did; {@code state} is the whole of it now and not to be changed. */
    public record Change(
            String agent,
            long version,
            Map<String, @Nullable Object> state,
            Set<String> changed,
            Set<String> removed,
            boolean isWhole) {}

    private static final class Replica {
        Map<String, @Nullable Object> state = new LinkedHashMap<>();
        long version;
        boolean isAsked;
        /** Of a former connection: the daemon tells all of it, unless it knows nothing. */
        boolean isOld;

        @Nullable
        Map<String, @Nullable Object> pages;

        long pagesVersion;
    }

    private final Map<String, Replica> replicas = new HashMap<>();
    private final ArrayDeque<String> gaps = new ArrayDeque<>();
    private long gapCount;

    /** Takes an EVENT {@code state}; null when it changed nothing. */
    public @Nullable Change take(Map<String, @Nullable Object> event) {
        if (!(event.get("agent") instanceof String agent) || !(event.get("version") instanceof Long version)) {
            return null;
        }
        Replica replica = replicas.computeIfAbsent(agent, a -> new Replica());
        return event.containsKey("state")
                ? page(agent, replica, version, event)
                : change(agent, replica, version, event);
    }

    private static @Nullable Change page(
            String agent, Replica replica, long version, Map<String, @Nullable Object> event) {
        if (Boolean.TRUE.equals(event.get("first"))) {
            replica.pages = new LinkedHashMap<>();
            replica.pagesVersion = version;
        }
        Map<String, @Nullable Object> pages = replica.pages;
        if (pages == null || replica.pagesVersion != version) {
            return null;
        }
        pages.putAll(object(event.get("state")));
        if (Boolean.TRUE.equals(event.get("more"))) {
            return null;
        }
        Map<String, @Nullable Object> old = replica.state;
        replica.pages = null;
        replica.isAsked = false;
        replica.isOld = false;
        replica.state = pages;
        replica.version = version;
        Set<String> changed = new LinkedHashSet<>();
        pages.forEach((key, value) -> {
            if (!old.containsKey(key) || !Objects.equals(old.get(key), value)) {
                changed.add(key);
            }
        });
        Set<String> removed = new LinkedHashSet<>(old.keySet());
        removed.removeAll(pages.keySet());
        return told(agent, replica, changed, removed, true);
    }

    private @Nullable Change change(String agent, Replica replica, long version, Map<String, @Nullable Object> event) {
        if (!(event.get("from") instanceof Long from)) {
            return null;
        }
        if (replica.isOld && from == 0) { // a daemon with another store: the agent begins anew
            replica.isOld = false;
            replica.isAsked = false;
            replica.state = new LinkedHashMap<>();
            replica.version = 0;
        }
        if (version <= replica.version) {
            return null;
        }
        if (from != replica.version) {
            gapCount++;
            if (!replica.isAsked) {
                replica.isAsked = true;
                gaps.add(agent);
            }
            return null;
        }
        Map<String, @Nullable Object> set = object(event.get("set"));
        Set<String> removed = new LinkedHashSet<>();
        if (event.get("remove") instanceof Iterable<?> keys) {
            keys.forEach(key -> removed.add(String.valueOf(key)));
        }
        replica.state.putAll(set);
        replica.state.keySet().removeAll(removed);
        replica.version = version;
        return told(agent, replica, new LinkedHashSet<>(set.keySet()), removed, false);
    }

    private static Change told(
            String agent, Replica replica, Set<String> changed, Set<String> removed, boolean isWhole) {
        Map<String, @Nullable Object> copy = Collections.unmodifiableMap(new LinkedHashMap<>(replica.state));
        return new Change(agent, replica.version, copy, changed, removed, isWhole);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    /** The next agent whose whole state is to be asked for, or null. */
    public @Nullable String pollGap() {
        return gaps.poll();
    }

    /** The question for the agent's whole state had no answer: the next gap asks again. */
    public void notAsked(String agent) {
        Replica replica = replicas.get(agent);
        if (replica != null) {
            replica.isAsked = false;
        }
    }

    /** A new connection: what was on its way is lost, whole states come for everything that is watched again. */
    public void reconnected() {
        gaps.clear();
        for (Replica replica : replicas.values()) {
            replica.pages = null;
            replica.isAsked = true;
            replica.isOld = true;
        }
    }

    /** The state as it is known now, null when nothing is. */
    public @Nullable Map<String, @Nullable Object> state(String agent) {
        Replica replica = replicas.get(agent);
        return replica == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(replica.state));
    }

    public long version(String agent) {
        Replica replica = replicas.get(agent);
        return replica == null ? 0 : replica.version;
    }

    /** Changes that did not fit. */
    public long gapCount() {
        return gapCount;
    }
}
