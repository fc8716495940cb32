package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How one agent does: {@code agent.health}, {@code agent.metrics}, and {@code gauges}, by which an agent adds at most {@value #MAX_GAUGES} numbers or short texts of its own to its row. The windows of the
 * percentiles turn every {@value #WINDOW_MS} ms. Gauges live as long as the daemon. Core thread only.
 */
final class MetricsDesk implements Desk {
    static final int MAX_GAUGES = 16;
    private static final int MAX_TEXT = 64;
    private static final long WINDOW_MS = 60_000;

    private final Core core;
    private final AgentFigures figures;
    private long turnAtNs;

    MetricsDesk(Core core, AgentFigures figures) {
        this.core = core;
        this.figures = figures;
        this.turnAtNs = core.startedNs + TimeUnit.MILLISECONDS.toNanos(WINDOW_MS);
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "agent.health" ->
                describe(caller, request, answer, agent -> figures.health(agent).asJson());
            case "agent.metrics" -> describe(caller, request, answer, figures::metrics);
            case "gauges" -> gauges(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    @Override
    public void onTimer(long nowNs) {
        if (nowNs - turnAtNs >= 0) {
            turnAtNs = nowNs + TimeUnit.MILLISECONDS.toNanos(WINDOW_MS);
            core.agents.values().forEach(agent -> agent.meter.rotate());
        }
    }

    private interface Description {
        Map<String, Object> of(Agent agent);
    }

    /** Anybody of the namespace may look. */
    private void describe(
            Caller caller, Map<String, @Nullable Object> request, Answer answer, Description description) {
        String name = Arguments.text(request, "agent", caller.name());
        Agent agent = core.agent(Arguments.namespace(caller, request), name);
        if (agent == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
            return;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("agent", name);
        json.putAll(description.of(agent));
        answer.ok(json);
    }

    private void gauges(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Agent agent = caller.session() == null ? null : caller.session().owner();
        if (agent == null || !(request.get("values") instanceof Map<?, ?> values)) {
            answer.fail(ErrorCode.BAD_REQUEST, "values is an object of gauges of the agent that calls");
            return;
        }
        Map<String, Object> next = new LinkedHashMap<>(agent.gauges);
        for (Map.Entry<?, ?> gauge : values.entrySet()) {
            String name = String.valueOf(gauge.getKey());
            Object value = gauge.getValue();
            if (!Names.isName(name) || !isGauge(value)) {
                answer.fail(
                        ErrorCode.BAD_REQUEST,
                        "a gauge has a name like an agent's and a number, a boolean or a text of at most " + MAX_TEXT
                                + " characters: name=" + name);
                return;
            }
            if (value == null) {
                next.remove(name);
            } else {
                next.put(name, value);
            }
        }
        if (next.size() > MAX_GAUGES) {
            answer.fail(ErrorCode.BAD_REQUEST, "at most " + MAX_GAUGES + " gauges: gauges=" + next.size());
            return;
        }
        agent.gauges = next;
        answer.ok(Map.of("gauges", (long) next.size()));
    }

    private static boolean isGauge(@Nullable Object value) {
        return value == null
                || value instanceof Number
                || value instanceof Boolean
                || (value instanceof String text && text.length() <= MAX_TEXT);
    }
}
