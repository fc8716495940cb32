package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who watches states. A watcher is told the whole state, then each change with the version before and after it, so that it sees a gap; one
 * whose connection holds more than {@value #ROOM_BYTES} unread bytes is told no changes but the whole state again when there is room. Core
 * thread only; bounded by the sessions, at most {@value #MAX_PATTERNS} patterns each.
 */
final class StateWatchers {
    static final int MAX_PATTERNS = 64;
    static final long ROOM_BYTES = 1 << 20;

    private final BusServices services;
    private final Collection<AgentState> states;
    private final Map<Session, StateWatcher> watchers = new LinkedHashMap<>();
    /** Rises when who watches what has changed. */
    private long generation;

    /** {@code states}: all there are, now and later. */
    StateWatchers(BusServices services, Collection<AgentState> states) {
        this.services = services;
        this.states = states;
    }

    private @Nullable StateWatcher watcher(Caller caller) {
        Session session = caller.session();
        return session == null ? null : watchers.get(session);
    }

    private static boolean isPattern(String pattern) {
        String beginning = pattern.endsWith("*") ? pattern.substring(0, pattern.length() - 1) : pattern;
        return (beginning.isEmpty() && !pattern.isEmpty()) || Names.isName(beginning);
    }

    void watch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        String pattern = Arguments.text(request, "pattern", "");
        if (session == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "only a session can watch; read with state.get");
            return;
        }
        if (!isPattern(pattern)) {
            answer.fail(ErrorCode.BAD_NAME, "not a name, nor a name's beginning with *: pattern=" + pattern);
            return;
        }
        StateWatcher watcher = watchers.computeIfAbsent(session, StateWatcher::new);
        if (watcher.patterns.size() >= MAX_PATTERNS && !watcher.patterns.contains(pattern)) {
            answer.fail(ErrorCode.TOO_LARGE, "a session watches at most patterns=" + MAX_PATTERNS);
            return;
        }
        watcher.patterns.add(pattern);
        generation++;
        long matched = 0;
        for (AgentState state : states) {
            if (StateWatcher.matches(pattern, state.name) && state.namespace.equals(caller.namespace())) {
                watcher.behind.add(state);
                matched++;
            }
        }
        answer.ok(Map.of("agents", matched));
        catchUp(watcher);
    }

    void unwatch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        StateWatcher watcher = watcher(caller);
        String pattern = Arguments.text(request, "pattern", "");
        if (watcher == null || !watcher.patterns.remove(pattern)) {
            answer.fail(ErrorCode.NOT_FOUND, "not watched: pattern=" + pattern);
            return;
        }
        generation++;
        watcher.behind.removeIf(state -> !watcher.watches(state));
        if (watcher.patterns.isEmpty()) {
            watchers.remove(watcher.session);
        }
        answer.ok(Map.of());
    }

    /** A watcher that has seen a gap asks for the whole state. */
    void sync(Caller caller, @Nullable AgentState state, Map<String, @Nullable Object> request, Answer answer) {
        StateWatcher watcher = watcher(caller);
        if (watcher == null || state == null || !watcher.watches(state)) {
            answer.fail(ErrorCode.NOT_FOUND, "no state that this session watches: agent=" + request.get("agent"));
            return;
        }
        watcher.behind.add(state);
        answer.ok(Map.of());
        catchUp(watcher);
    }

    private List<StateWatcher> watchersOf(AgentState state) {
        if (state.watchersOf != generation) {
            state.watchers = watchers.values().stream()
                    .filter(watcher -> watcher.watches(state))
                    .toList();
            state.watchersOf = generation;
        }
        return state.watchers;
    }

    /** What an update has changed. */
    void tell(AgentState state, StateUpdate update) {
        List<StateWatcher> told = watchersOf(state);
        Agent agent = services.agent(state.namespace, state.name);
        boolean isShadowed = agent != null && agent.shadows != null;
        if (told.isEmpty() && !isShadowed) {
            return;
        }
        Map<String, @Nullable Object> set = new LinkedHashMap<>();
        update.puts.forEach((key, value) -> set.put(key, value.json()));
        Map<String, Object> event = event(state);
        event.put("from", state.version - 1);
        event.put("set", set);
        if (!update.gone.isEmpty()) {
            event.put("remove", update.gone);
        }
        if (agent != null && isShadowed) {
            services.shadow(agent, "relay.state", event);
        }
        for (StateWatcher watcher : told) {
            if (watcher.behind.contains(state) || !hasRoom(watcher)) {
                watcher.behind.add(state);
                catchUp(watcher);
            } else {
                services.event(watcher.session, event);
            }
        }
    }

    private static Map<String, Object> event(AgentState state) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("event", "state");
        event.put("agent", state.name);
        event.put("version", state.version);
        return event;
    }

    private static boolean hasRoom(StateWatcher watcher) {
        return watcher.session.connection.pendingBytes() <= ROOM_BYTES;
    }

    /** Whole states for what it missed, as far as its connection has room. */
    private void catchUp(StateWatcher watcher) {
        while (!watcher.behind.isEmpty() && hasRoom(watcher)) {
            AgentState state = watcher.behind.iterator().next();
            watcher.behind.remove(state);
            tellWhole(watcher, state);
        }
    }

    private void tellWhole(StateWatcher watcher, AgentState state) {
        String after = "";
        String next = "";
        while (next != null) {
            Map<String, @Nullable Object> page = new LinkedHashMap<>();
            next = state.page(after, page);
            Map<String, Object> event = event(state);
            event.put("first", after.isEmpty());
            event.put("more", next != null);
            event.put("state", page);
            services.event(watcher.session, event);
            after = next == null ? after : next;
        }
    }

    void onEnd(Session session) {
        if (watchers.remove(session) != null) {
            generation++;
        }
    }

    /** Those that have room again. */
    void catchUp() {
        watchers.values().forEach(this::catchUp);
    }
}
