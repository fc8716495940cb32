package dev.relay.daemon.routing;

import dev.relay.daemon.flow.AgentMeter;
import dev.relay.daemon.flow.Breaker;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.session.Agent;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How one agent does, with the partitions of groups that it has, read at this moment from its lanes, its meter and its process: one place, so that its row in a list, {@code agent.health} and
 * {@code agent.metrics} say the same. Keeps nothing. Core thread only.
 */
final class AgentFigures {
    private final Core core;

    AgentFigures(Core core) {
        this.core = core;
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

    /** What its row in a list of agents tells of how it does. */
    void addTo(Map<String, Object> row, Agent agent) {
        row.put("health", (long) health(agent).score());
        row.put("breaker", breaker(agent));
        row.put("paused", agent.isPaused());
        row.put("acked", agent.meter.ackedTotal());
        row.put("lag_ms", lagMs(agent));
        row.put("handler_p99_us", agent.meter.percentileUs(0.99));
        row.put("gauges", agent.gauges);
    }

    Map<String, Object> metrics(Agent agent) {
        AgentMeter meter = agent.meter;
        Map<String, Object> json = new LinkedHashMap<>();
        addTo(json, agent);
        json.put("level", health(agent).level().name().toLowerCase(Locale.ROOT));
        json.put("failed", meter.failedTotal());
        json.put("dead", agent.dead);
        json.put("success_ratio", ratio(1 - meter.failureRatio()));
        json.put("failure_ratio", ratio(meter.failureRatio()));
        json.put("handler_p50_us", meter.percentileUs(0.5));
        json.put("handler_p95_us", meter.percentileUs(0.95));
        json.put("queued", agent.allLanes().stream().mapToLong(Lane::queued).sum());
        json.put("unacked", (long) Pump.inFlightInAll(agent));
        json.put("oldest_unacked_ms", oldestUnackedMs(agent));
        json.put("mailbox_bytes", agent.mailbox.bytes());
        addProcess(json, agent);
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

    private static String breaker(Agent agent) {
        return agent.breaker.state().name().toLowerCase(Locale.ROOT);
    }

    private static BigDecimal ratio(double value) {
        return BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_UP);
    }
}
