package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Breaker;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.store.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Shows breakers ({@code breaker.ls}: those that are not closed, with {@code all} those that have a row too) and closes them before their time ({@code breaker.reset}, for the agent itself and
 * operators, audited). Core thread only; keeps nothing.
 */
final class BreakerDesk implements Desk {
    private static final int MAX_ROWS = 200;

    private final Core core;
    private final Delivery delivery;
    private final BatchCutter cutter;

    BreakerDesk(Core core, Delivery delivery, BatchCutter cutter) {
        this.core = core;
        this.delivery = delivery;
        this.cutter = cutter;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "breaker.ls" -> answer.ok(list(caller, request));
            case "breaker.reset" -> reset(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    private Map<String, Object> list(Caller caller, Map<String, @Nullable Object> request) {
        String namespace = Arguments.namespace(caller, request);
        String name = Arguments.text(request, "agent", "");
        boolean isAll = Boolean.TRUE.equals(request.get("all"));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Agent agent : core.agents.values()) {
            boolean isAsked = agent.namespace.equals(namespace) && (name.isEmpty() || name.equals(agent.name));
            if (isAsked && (caller.isOperator() || agent.name.equals(caller.name()))) {
                add(rows, agent, isAll);
                agent.partitions.forEach(partition -> add(rows, partition, isAll));
            }
        }
        return Map.of("breakers", rows, "cooldown_ms", delivery.breakers.coolDownNs() / 1_000_000);
    }

    private void add(List<Map<String, Object>> rows, Agent agent, boolean isAll) {
        if (isShown(agent.breaker, isAll) && rows.size() < MAX_ROWS) {
            rows.add(delivery.breakers.described(agent, null));
        }
        for (Lane lane : agent.lanes.values()) {
            if (isShown(lane.breaker, isAll) && rows.size() < MAX_ROWS) {
                rows.add(delivery.breakers.described(agent, lane));
            }
        }
    }

    private static boolean isShown(Breaker breaker, boolean isAll) {
        return breaker.state() != Breaker.State.CLOSED || (isAll && !breaker.isClean());
    }

    /** Without {@code sender}: the agent's own breaker and those of all its lanes. */
    private void reset(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Named.Target target = Named.find(core, caller, request, answer);
        Agent agent = target.agent();
        if (agent == null) {
            return;
        }
        List<@Nullable Lane> closed = new ArrayList<>();
        if (target.lane() == null && delivery.breakers.reset(agent)) {
            closed.add(null);
        }
        for (Lane lane : target.lane() == null ? agent.lanesCopy() : List.of(target.lane())) {
            if (delivery.breakers.reset(lane)) {
                closed.add(lane);
            }
        }
        core.next.audits.add(new Batch.Audit(
                core.clock.wallMs(),
                "breaker.reset",
                caller.who(),
                whatOf(agent, target.lane()) + " closed=" + closed.size()));
        closed.forEach(lane -> delivery.breakers.tell(agent, lane));
        delivery.pump.pumpAll(agent);
        cutter.whenCommitted(() -> answer.ok(Map.of("closed", (long) closed.size())));
    }

    static String whatOf(Agent agent, @Nullable Lane lane) {
        String name = "agent=" + Agent.key(agent.namespace, agent.name);
        return lane == null
                ? name
                : name + " sender=" + lane.sender.name + " class="
                        + Objects.requireNonNull(LaneClass.nameOf(lane.laneClass));
    }
}
