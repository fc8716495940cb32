package dev.relay.daemon.admin;

import dev.relay.daemon.routing.BusSnapshot.AgentFacts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Meters of single agents, by {@code namespace} and {@code agent}. Bounded: the agents with the most unfinished messages come first, and
 * those above the bound are only counted, so that names made up by a client cannot fill the memory of a monitor. Admin thread, before a
 * scrape.
 */
final class AgentMeters {
    private final int most;
    private final MultiGauge connected;
    private final MultiGauge queued;
    private final MultiGauge queuedBytes;
    private final MultiGauge unacked;
    private final MultiGauge dead;
    private volatile int unlisted;

    AgentMeters(MeterRegistry registry, int most) {
        this.most = most;
        connected = gauge(registry, "relay.agent.connected", "1 while the agent has a session");
        queued = gauge(registry, "relay.agent.queued.messages", "messages for the agent that are not finished");
        queuedBytes = gauge(registry, "relay.agent.queued.bytes", "their bytes");
        unacked = gauge(registry, "relay.agent.unacked.messages", "messages delivered to the agent and not acked");
        dead = gauge(registry, "relay.agent.dead.letters", "dead letters of messages to the agent");
        Gauge.builder("relay.agents.unlisted", this, m -> m.unlisted)
                .description("agents without meters of their own, because there are too many")
                .register(registry);
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String meaning) {
        return MultiGauge.builder(name).description(meaning).register(registry);
    }

    void show(List<AgentFacts> agents) {
        List<AgentFacts> shown = agents.size() <= most
                ? agents
                : agents.stream()
                        .sorted(Comparator.comparingLong(AgentFacts::queued).reversed())
                        .limit(most)
                        .toList();
        unlisted = agents.size() - shown.size();
        rows(connected, shown, a -> a.connected() ? 1 : 0);
        rows(queued, shown, AgentFacts::queued);
        rows(queuedBytes, shown, AgentFacts::queuedBytes);
        rows(unacked, shown, AgentFacts::unacked);
        rows(dead, shown, AgentFacts::dead);
    }

    private static void rows(MultiGauge gauge, List<AgentFacts> agents, ToDoubleFunction<AgentFacts> value) {
        gauge.register(
                agents.stream()
                        .<Row<?>>map(a ->
                                Row.of(Tags.of("namespace", a.namespace(), "agent", a.name()), value.applyAsDouble(a)))
                        .toList(),
                true);
    }
}
