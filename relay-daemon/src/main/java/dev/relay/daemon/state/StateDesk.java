package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The states that agents share. An agent changes its own; everybody of its namespace may read and watch it. A watcher is told the whole state, then each change with the version
 * before and after it, so that it sees a gap; one whose connection holds more than {@value #ROOM_BYTES} unread bytes is told no changes but the whole state again when there is room.
 * Kept as rows, a key each; rows that wait for the disk are one per key however often it changes. Refused TOO_LARGE: a value above {@value #MAX_VALUE_BYTES} bytes, an update
 * above {@value #MAX_UPDATE_BYTES}, an agent above {@value #MAX_KEYS} keys or {@value #MAX_AGENT_BYTES} bytes, all together above {@value #MAX_TOTAL_BYTES}. Core thread only.
 */
public final class StateDesk implements Desk {
    static final int MAX_KEYS = 4_096;
    static final int MAX_VALUE_BYTES = 16 << 10;
    static final int MAX_UPDATE_BYTES = 48 << 10;
    static final int MAX_AGENT_BYTES = 256 << 10;
    static final long MAX_TOTAL_BYTES = 64L << 20;
    static final int MAX_PATTERNS = 64;
    static final long ROOM_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 40 << 10;
    private static final int MAX_LISTED = 500;
    private static final String DESK = "state";

    private final BusServices services;
    private final Map<String, AgentState> states = new LinkedHashMap<>();
    private final Map<Session, StateWatcher> watchers = new LinkedHashMap<>();
    private long totalBytes;
    private long generation;

    public StateDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "state.update" -> update(caller, request, answer);
            case "state.get" -> get(caller, request, answer);
            case "state.ls" -> list(caller, request, answer);
            case "state.watch" -> watch(caller, request, answer);
            case "state.unwatch" -> unwatch(caller, request, answer);
            case "state.sync" -> sync(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    // ---- changing

    private void update(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        Map<String, @Nullable Object> set = Arguments.object(request, "set");
        List<String> asked = Arguments.texts(request, "remove");
        Set<String> removed = asked == null ? null : new LinkedHashSet<>(asked);
        if (session == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "an agent changes its own state, over the bus");
        } else if (set == null || removed == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "set is an object, remove a list of keys");
        } else {
            AgentState state = states.computeIfAbsent(
                    Agent.key(caller.namespace(), caller.name()),
                    key -> new AgentState(caller.namespace(), caller.name()));
            change(state, set, removed, answer);
        }
    }

    private void change(AgentState state, Map<String, @Nullable Object> set, Set<String> removed, Answer answer) {
        Map<String, AgentState.Value> puts = new LinkedHashMap<>();
        int updateBytes = removed.stream().mapToInt(String::length).sum();
        long growth = 0;
        int keys = state.values.size();
        for (Map.Entry<String, @Nullable Object> entry : set.entrySet()) {
            String key = entry.getKey();
            int bytes = Arguments.bytes(key) + Arguments.bytes(entry.getValue());
            if (!Arguments.isKey(key) || removed.contains(key)) {
                answer.fail(ErrorCode.BAD_REQUEST, "not a key, or set and removed at once: key=" + key);
                return;
            }
            if (bytes > MAX_VALUE_BYTES) {
                answer.fail(ErrorCode.TOO_LARGE, "key=" + key + " bytes=" + bytes + " limit=" + MAX_VALUE_BYTES);
                return;
            }
            updateBytes += bytes;
            AgentState.Value old = state.values.get(key);
            if (old == null || !java.util.Objects.equals(old.json(), entry.getValue())) {
                puts.put(key, new AgentState.Value(entry.getValue(), bytes));
                growth += bytes - (old == null ? 0 : old.bytes());
                keys += old == null ? 1 : 0;
            }
        }
        List<String> gone = removed.stream().filter(state.values::containsKey).toList();
        for (String key : gone) {
            growth -= bytesOf(state, key);
        }
        String excess = excess(state, updateBytes, keys - gone.size(), growth);
        if (excess != null) {
            answer.fail(ErrorCode.TOO_LARGE, excess);
        } else {
            apply(state, puts, gone, answer);
        }
    }

    private static int bytesOf(AgentState state, String key) {
        AgentState.Value value = state.values.get(key);
        return value == null ? 0 : value.bytes();
    }

    private @Nullable String excess(AgentState state, int updateBytes, int keys, long growth) {
        if (updateBytes > MAX_UPDATE_BYTES) {
            return "the update has bytes=" + updateBytes + " limit=" + MAX_UPDATE_BYTES;
        }
        if (keys > MAX_KEYS) {
            return "the state would have keys=" + keys + " limit=" + MAX_KEYS;
        }
        if (growth > 0 && state.bytes + growth > MAX_AGENT_BYTES) {
            return "the state would have bytes=" + (state.bytes + growth) + " limit=" + MAX_AGENT_BYTES;
        }
        return growth > 0 && totalBytes + growth > MAX_TOTAL_BYTES
                ? "the states of all agents would be above bytes=" + MAX_TOTAL_BYTES
                : null;
    }

    private void apply(AgentState state, Map<String, AgentState.Value> puts, List<String> gone, Answer answer) {
        int changed = puts.size() + gone.size();
        if (changed > 0) {
            long before = state.bytes;
            puts.forEach(state::put);
            gone.forEach(state::remove);
            totalBytes += state.bytes - before;
            state.version++;
            state.unkept.addAll(puts.keySet());
            state.unkept.addAll(gone);
            tell(state, puts, gone);
        }
        state.answerOnceKept(answer, changed);
        keep(state);
    }

    /** Writes the rows of what changed, one cut at a time for each agent. */
    private void keep(AgentState state) {
        if (state.isBeingKept) {
            return;
        }
        state.isBeingKept = true;
        if (!state.unkept.isEmpty()) {
            for (String key : state.unkept) {
                AgentState.Value value = state.values.get(key);
                keepRow(state, state.name + "/" + key, value == null ? null : Json.write(value.json()));
            }
            keepRow(state, state.name, Long.toString(state.version));
            state.unkept.clear();
        }
        List<Runnable> answers = new ArrayList<>(state.unanswered);
        state.unanswered.clear();
        services.whenCommitted(() -> {
            state.isBeingKept = false;
            answers.forEach(Runnable::run);
            if (!state.unanswered.isEmpty()) {
                keep(state);
            }
        });
    }

    private void keepRow(AgentState state, String key, @Nullable String body) {
        services.keep(DESK, state.namespace, key, body == null ? null : body.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        if (!row.desk().equals(DESK) || body == null) {
            return;
        }
        int slash = row.key().indexOf('/');
        String name = slash < 0 ? row.key() : row.key().substring(0, slash);
        AgentState state =
                states.computeIfAbsent(Agent.key(row.namespace(), name), key -> new AgentState(row.namespace(), name));
        if (slash < 0) {
            state.version = Long.parseLong(new String(body, StandardCharsets.UTF_8));
        } else {
            String key = row.key().substring(slash + 1);
            int bytes = Arguments.bytes(key) + body.length;
            state.put(key, new AgentState.Value(Json.parse(body), bytes));
            totalBytes += bytes;
        }
    }

    // ---- reading

    private @Nullable AgentState find(Caller caller, Map<String, @Nullable Object> request) {
        return states.get(Agent.key(namespace(caller, request), Arguments.text(request, "agent", "")));
    }

    private static String namespace(Caller caller, Map<String, @Nullable Object> request) {
        return caller.namespace().isEmpty() ? Arguments.text(request, "namespace", "default") : caller.namespace();
    }

    private void get(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "agent", "");
        AgentState state = find(caller, request);
        if (state != null) {
            Map<String, @Nullable Object> page = new LinkedHashMap<>();
            String next = page(state, Arguments.text(request, "after", ""), page);
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("version", state.version);
            json.put("state", page);
            json.put("more", next != null);
            if (next != null) {
                json.put("next", next);
            }
            answer.ok(json);
        } else if (services.agent(namespace(caller, request), name) == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
        } else {
            answer.ok(Map.of("version", 0L, "state", Map.of(), "more", false));
        }
    }

    /** Fills in what comes after a key and fits one frame; returns the last key when there is more. */
    private static @Nullable String page(AgentState state, String after, Map<String, @Nullable Object> into) {
        NavigableMap<String, AgentState.Value> rest = state.values.tailMap(after, false);
        int bytes = 0;
        String last = after;
        for (Map.Entry<String, AgentState.Value> entry : rest.entrySet()) {
            bytes += entry.getValue().bytes() + 4;
            if (bytes > PAGE_BYTES) {
                return last;
            }
            last = entry.getKey();
            into.put(last, entry.getValue().json());
        }
        return null;
    }

    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String pattern = Arguments.text(request, "pattern", "*");
        String namespace = namespace(caller, request);
        String after = Arguments.text(request, "after", "");
        List<AgentState> found = states.values().stream()
                .filter(state -> state.namespace.equals(namespace) && StateWatcher.matches(pattern, state.name))
                .filter(state -> state.name.compareTo(after) > 0)
                .sorted(java.util.Comparator.comparing(state -> state.name))
                .limit(MAX_LISTED + 1L)
                .toList();
        List<Map<String, Object>> rows = found.stream()
                .limit(MAX_LISTED)
                .map(state -> Map.<String, Object>of(
                        "agent", state.name,
                        "version", state.version,
                        "keys", (long) state.values.size(),
                        "bytes", state.bytes))
                .toList();
        answer.ok(Map.of("states", rows, "more", found.size() > MAX_LISTED));
    }

    // ---- watching

    private static boolean isPattern(String pattern) {
        String beginning = pattern.endsWith("*") ? pattern.substring(0, pattern.length() - 1) : pattern;
        return (beginning.isEmpty() && !pattern.isEmpty()) || Names.isName(beginning);
    }

    private void watch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
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
        for (AgentState state : states.values()) {
            if (StateWatcher.matches(pattern, state.name) && state.namespace.equals(caller.namespace())) {
                watcher.behind.add(state);
                matched++;
            }
        }
        answer.ok(Map.of("agents", matched));
        catchUp(watcher);
    }

    private void unwatch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        StateWatcher watcher = session == null ? null : watchers.get(session);
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
    private void sync(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        StateWatcher watcher = session == null ? null : watchers.get(session);
        AgentState state = find(caller, request);
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

    private void tell(AgentState state, Map<String, AgentState.Value> puts, List<String> gone) {
        List<StateWatcher> told = watchersOf(state);
        Agent agent = services.agent(state.namespace, state.name);
        boolean isShadowed = agent != null && agent.shadows != null;
        if (told.isEmpty() && !isShadowed) {
            return;
        }
        Map<String, @Nullable Object> set = new LinkedHashMap<>();
        puts.forEach((key, value) -> set.put(key, value.json()));
        Map<String, Object> event = event(state);
        event.put("from", state.version - 1);
        event.put("set", set);
        if (!gone.isEmpty()) {
            event.put("remove", gone);
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
            next = page(state, after, page);
            Map<String, Object> event = event(state);
            event.put("first", after.isEmpty());
            event.put("more", next != null);
            event.put("state", page);
            services.event(watcher.session, event);
            after = next == null ? after : next;
        }
    }

    @Override
    public void onEnd(Agent agent, Session session) {
        if (watchers.remove(session) != null) {
            generation++;
        }
    }

    @Override
    public void onTimer(long nowNs) {
        watchers.values().forEach(this::catchUp);
    }
}
