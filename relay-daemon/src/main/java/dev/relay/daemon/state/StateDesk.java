package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The states that agents share. An agent changes its own; everybody of its namespace may read and watch it ({@link StateWatchers}). Kept as
 * rows, a key each; rows that wait for the disk are one per key however often it changes. Refused TOO_LARGE: a value above
 * {@value #MAX_VALUE_BYTES} bytes, an update above {@value #MAX_UPDATE_BYTES}, an agent above {@value #MAX_KEYS} keys or
 * {@value #MAX_AGENT_BYTES} bytes, all together above {@value #MAX_TOTAL_BYTES}. Core thread only.
 */
public final class StateDesk implements Desk {
    static final int MAX_KEYS = 4_096;
    static final int MAX_VALUE_BYTES = 16 << 10;
    static final int MAX_UPDATE_BYTES = 48 << 10;
    static final int MAX_AGENT_BYTES = 256 << 10;
    static final long MAX_TOTAL_BYTES = 64L << 20;
    private static final int MAX_LISTED = 500;
    private static final String DESK = "state";

    private final BusServices services;
    private final Map<String, AgentState> states = new LinkedHashMap<>();
    private final StateWatchers watchers;
    private long totalBytes;

    public StateDesk(BusServices services) {
        this.services = services;
        this.watchers = new StateWatchers(services, states.values());
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "state.update" -> update(caller, request, answer);
            case "state.get" -> get(caller, request, answer);
            case "state.ls" -> list(caller, request, answer);
            case "state.watch" -> watchers.watch(caller, request, answer);
            case "state.unwatch" -> watchers.unwatch(caller, request, answer);
            case "state.sync" -> watchers.sync(caller, find(caller, request), request, answer);
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
            change(state, new StateUpdate(state, set, removed), answer);
        }
    }

    private void change(AgentState state, StateUpdate update, Answer answer) {
        StateUpdate.Refusal refusal = update.refusal(totalBytes);
        if (refusal != null) {
            answer.fail(refusal.code(), refusal.why());
            return;
        }
        int changed = update.changed();
        if (changed > 0) {
            totalBytes += update.apply();
            watchers.tell(state, update);
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
        return states.get(Agent.key(Arguments.namespace(caller, request), Arguments.text(request, "agent", "")));
    }

    private void get(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "agent", "");
        AgentState state = find(caller, request);
        if (state != null) {
            Map<String, @Nullable Object> page = new LinkedHashMap<>();
            String next = state.page(Arguments.text(request, "after", ""), page);
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("version", state.version);
            json.put("state", page);
            json.put("more", next != null);
            if (next != null) {
                json.put("next", next);
            }
            answer.ok(json);
        } else if (services.agent(Arguments.namespace(caller, request), name) == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
        } else {
            answer.ok(Map.of("version", 0L, "state", Map.of(), "more", false));
        }
    }

    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String pattern = Arguments.text(request, "pattern", "*");
        String namespace = Arguments.namespace(caller, request);
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

    @Override
    public void onEnd(Agent agent, Session session) {
        watchers.onEnd(session);
    }

    @Override
    public void onTimer(long nowNs) {
        watchers.catchUp();
    }
}
