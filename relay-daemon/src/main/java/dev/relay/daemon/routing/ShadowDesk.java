package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.session.Shadow;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who shadows whom: begun and ended by operators, and by those that the access list {@code allow_shadow} names; kept over restarts and audited. Core thread only. At most {@value #MAX_PER_AGENT}
 * shadows of an agent and {@value #MAX_SHADOWS} in all, one more is refused OVERLOADED.
 */
final class ShadowDesk implements Desk {
    static final int MAX_PER_AGENT = 16;
    private static final int MAX_SHADOWS = 1_000;
    private static final int MAX_KINDS = 32;
    private static final int MAX_ROWS = 100;
    private static final String DESK = "shadow";

    private record Key(String namespace, String watcher, String agent) {
        String text() {
            return watcher + " " + agent;
        }
    }

    private final Core core;
    private final BatchCutter cutter;
    private final Map<String, Shadow> shadows = new TreeMap<>();

    ShadowDesk(Core core, BatchCutter cutter) {
        this.core = core;
        this.cutter = cutter;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        if (session == null || !op.startsWith("shadow.")) {
            return false;
        }
        switch (op) {
            case "shadow.start" -> start(caller, session.owner(), request, answer);
            case "shadow.stop" -> stop(caller, session.owner(), request, answer);
            case "shadow.ls" -> answer.ok(list(caller, request));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void start(Caller caller, Agent watcher, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "agent", "");
        Agent agent = core.agent(watcher.namespace, name);
        Shadow shadow = shadow(watcher, request);
        if (!caller.isOperator() && !core.access.mayShadow(watcher.namespace, watcher.name, name)) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "neither an operator nor named by allow_shadow: agent=" + name);
        } else if (agent == null || !Names.isName(name)) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
        } else if (agent == watcher || shadow == null) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "another agent, incoming or outgoing, and at most " + MAX_KINDS + " kinds: agent=" + name);
        } else if (isTooMany(agent, watcher)) {
            answer.fail(ErrorCode.OVERLOADED, "too many shadows: agent=" + name + " limit=" + MAX_PER_AGENT);
        } else {
            Key key = new Key(watcher.namespace, watcher.name, name);
            put(key, agent, shadow);
            keep(key, shadow);
            audit(caller, "shadow.start", key);
            cutter.whenCommitted(() -> answer.ok(row(key, shadow)));
        }
    }

    private boolean isTooMany(Agent agent, Agent watcher) {
        boolean isNew = agent.shadows == null || agent.shadows.stream().noneMatch(s -> s.watcher == watcher);
        int count = agent.shadows == null ? 0 : agent.shadows.size();
        return isNew && (count >= MAX_PER_AGENT || shadows.size() >= MAX_SHADOWS);
    }

    private static @Nullable Shadow shadow(Agent watcher, Map<String, @Nullable Object> request) {
        boolean isIncoming = Arguments.flag(request, "incoming", true);
        boolean isOutgoing = Arguments.flag(request, "outgoing", true);
        List<String> kinds = Arguments.texts(request, "kinds");
        if (kinds == null || kinds.size() > MAX_KINDS || !kinds.stream().allMatch(Names::isKind)) {
            return null;
        }
        return isIncoming || isOutgoing ? new Shadow(watcher, isIncoming, isOutgoing, kinds) : null;
    }

    private void put(Key key, Agent agent, Shadow shadow) {
        List<Shadow> list = new ArrayList<>(agent.shadows == null ? List.of() : agent.shadows);
        list.removeIf(s -> s.watcher == shadow.watcher);
        list.add(shadow);
        agent.shadows = list;
        shadows.put(key.namespace() + "/" + key.text(), shadow);
    }

    private void stop(Caller caller, Agent self, Map<String, @Nullable Object> request, Answer answer) {
        String watcher = Arguments.text(request, "watcher", self.name);
        Key key = new Key(self.namespace, watcher, Arguments.text(request, "agent", ""));
        Agent agent = core.agent(key.namespace(), key.agent());
        if (!watcher.equals(self.name) && !caller.isOperator()) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only operators end the shadows of others: watcher=" + watcher);
        } else if (agent == null || shadows.remove(key.namespace() + "/" + key.text()) == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such shadow: agent=" + key.agent());
        } else {
            List<Shadow> left = new ArrayList<>(agent.shadows == null ? List.of() : agent.shadows);
            left.removeIf(s -> s.watcher.name.equals(watcher));
            agent.shadows = left.isEmpty() ? null : left;
            keep(key, null);
            audit(caller, "shadow.stop", key);
            cutter.whenCommitted(() -> answer.ok(Map.of()));
        }
    }

    private Map<String, Object> list(Caller caller, Map<String, @Nullable Object> request) {
        String after = Arguments.text(request, "after", "");
        List<Map<String, Object>> rows = new ArrayList<>();
        boolean more = false;
        for (Map.Entry<String, Shadow> each : shadows.entrySet()) {
            String[] words =
                    each.getKey().substring(each.getKey().indexOf('/') + 1).split(" ", 2);
            Key key = new Key(each.getValue().watcher.namespace, words[0], words[1]);
            if (!key.namespace().equals(caller.namespace())
                    || key.text().compareTo(after) <= 0
                    || !(caller.isOperator() || key.watcher().equals(caller.name()))) {
                continue;
            }
            if (rows.size() >= MAX_ROWS) {
                more = true;
                break;
            }
            rows.add(row(key, each.getValue()));
        }
        return Map.of("shadows", rows, "more", more);
    }

    private static Map<String, Object> row(Key key, Shadow shadow) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("watcher", key.watcher());
        row.put("agent", key.agent());
        row.put("incoming", shadow.isIncoming);
        row.put("outgoing", shadow.isOutgoing);
        row.put("kinds", shadow.kinds);
        row.put("copied", shadow.copied);
        row.put("refused", shadow.refused);
        return row;
    }

    private void keep(Key key, @Nullable Shadow shadow) {
        byte[] body = shadow == null ? null : Json.write(row(key, shadow)).getBytes(StandardCharsets.UTF_8);
        core.next.kept.documents.add(new KeptRows.Document(DESK, key.namespace(), key.text(), body));
    }

    private void audit(Caller caller, String op, Key key) {
        core.next.audits.add(new dev.relay.daemon.store.Batch.Audit(
                core.clock.wallMs(), op, caller.who(), "watcher=" + key.watcher() + " agent=" + key.agent()));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(KeptRows.Document document) {
        byte[] body = document.body();
        String[] words = document.key().split(" ", 2);
        if (!document.desk().equals(DESK) || body == null || words.length < 2) {
            return;
        }
        Agent watcher = core.agent(document.namespace(), words[0]);
        Agent agent = core.agent(document.namespace(), words[1]);
        Object json = Json.parse(new String(body, StandardCharsets.UTF_8));
        if (watcher != null && agent != null && json instanceof Map<?, ?> row) {
            Shadow shadow = shadow(watcher, (Map<String, @Nullable Object>) row);
            if (shadow != null) {
                put(new Key(document.namespace(), words[0], words[1]), agent, shadow);
            }
        }
    }
}
