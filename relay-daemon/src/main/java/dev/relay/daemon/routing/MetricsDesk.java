package dev.relay.daemon.routing;

import dev.relay.daemon.flow.AgentMeter;
import dev.relay.daemon.flow.Breaker;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How one agent does, with the partitions of groups that it has: {@code agent.health}, {@code agent.metrics}, and {@code gauges}, by which an agent adds at most {@value #MAX_GAUGES} numbers or short texts of its own to its row. The
 * windows of the percentiles turn every {@value #WINDOW_MS} ms. Gauges live as long as the daemon. Core thread only.
 */
final class MetricsDesk implements Desk {
    static final int MAX_GAUGES = 16;
    private static final int MAX_TEXT = 64;
    private static final long WINDOW_MS = 60_000;

    private final Core core;
    private long turnAtNs;

    MetricsDesk(Core core) {
        this.core = core;
        this.turnAtNs = core.startedNs + TimeUnit.MILLISECONDS.toNanos(WINDOW_MS);
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "agent.health" ->
                describe(caller, request, answer, agent -> health(agent).asJson());
            case "agent.metrics" -> describe(caller, request, answer, this::metrics);
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
        String name = Handshake.text(request, "agent", caller.name());
        Agent agent = core.agent(Named.namespaceOf(caller, request), name);
        if (agent == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
            return;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("agent", name);
        json.putAll(description.of(agent));
        answer.ok(json);
    }

    AgentHealth health(Agent agent) {
        int open = 0;
        int halted = 0;
        long queued = 0;
        for (Lane lane : agent.allLanes()) {
            open += lane.breaker.state() == Breaker.State.OPEN ? 1 : 0;
            halted += lane.isHalted ? 1 : 0;
            queued = Math.max(queued, lane.queued());
        }
        AgentMeter meter = agent.meter;
        return AgentHealth.of(new AgentHealth.State(
                agent.session != null,
                agent.session != null && agent.session.isSuspect,
                agent.isPaused(),
                agent.breaker.state() == Breaker.State.OPEN,
                open,
                halted,
                queued,
                core.config.highWatermark(),
                oldestUnackedMs(agent),
                meter.ackedLately() + meter.failedLately(),
                meter.failureRatio()));
    }

    private long oldestUnackedMs(Agent agent) {
        long oldest = core.clock.nanoTime();
        long now = oldest;
        for (Lane lane : agent.allLanes()) {
            for (int i = 0; lane.inFlight > 0 && i < lane.cursor; i++) {
                if (lane.state(i) == Lane.FLIGHT) {
                    oldest = Math.min(oldest, lane.sentNs(i));
                    break;
                }
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(now - oldest);
    }

    /** How long the message that waits at the head of a lane has been waiting; what lies in the store only is not looked at. */
    private long lagMs(Agent agent) {
        long now = core.clock.nanoTime();
        long lagNs = 0;
        for (Lane lane : agent.allLanes()) {
            if (lane.cursor < lane.size() && lane.state(lane.cursor) == Lane.QUEUED) {
                lagNs = Math.max(lagNs, now - lane.message(lane.cursor).acceptedNs);
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(lagNs);
    }

    private Map<String, Object> metrics(Agent agent) {
        AgentMeter meter = agent.meter;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("acked", meter.ackedTotal());
        json.put("failed", meter.failedTotal());
        json.put("dead", agent.dead);
        json.put("success_ratio", ratio(1 - meter.failureRatio()));
        json.put("failure_ratio", ratio(meter.failureRatio()));
        json.put("handler_p50_us", meter.percentileUs(0.5));
        json.put("handler_p95_us", meter.percentileUs(0.95));
        json.put("handler_p99_us", meter.percentileUs(0.99));
        json.put("queued", agent.allLanes().stream().mapToLong(Lane::queued).sum());
        json.put("unacked", (long) Pump.inFlightInAll(agent));
        json.put("lag_ms", lagMs(agent));
        json.put("oldest_unacked_ms", oldestUnackedMs(agent));
        json.put("mailbox_bytes", agent.mailbox.bytes());
        json.put("paused", agent.isPaused());
        json.put("breaker", breaker(agent));
        addProcess(json, agent);
        json.put("gauges", Map.copyOf(agent.gauges));
        AgentHealth health = health(agent);
        json.put("health", (long) health.score());
        json.put("level", health.level().name().toLowerCase(Locale.ROOT));
        return json;
    }

    private static void addProcess(Map<String, Object> json, Agent agent) {
        ProcessUse use = agent.processUse;
        if (use != null && agent.session != null && agent.session.connection.pid() == use.pid()) {
            json.put("pid", (long) use.pid());
            json.put("rss_bytes", use.rssBytes());
            json.put("cpu_percent", BigDecimal.valueOf(use.cpuPercent()).setScale(1, RoundingMode.HALF_UP));
        }
    }

    static String breaker(Agent agent) {
        return agent.breaker.state().name().toLowerCase(Locale.ROOT);
    }

    private static BigDecimal ratio(double value) {
        return BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_UP);
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
