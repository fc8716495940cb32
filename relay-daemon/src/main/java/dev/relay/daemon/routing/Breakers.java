package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Breaker;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.session.Agent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the lanes of an agent, or one of them, when they do nothing but fail. An open breaker stops the clock that retries are charged by (I15) and discards nothing; after the cool-down the
 * next attempt that is due is the probe. Agents and senders that understand it are told by EVENT {@code breaker}. Remembers the open ones, at most one per lane and agent. Core thread only.
 */
final class Breakers {
    private final Core core;
    private final Delivery delivery;
    private final Set<Lane> openLanes = new LinkedHashSet<>();
    private final Set<Agent> openAgents = new LinkedHashSet<>();
    /** Whose breaker closed by the ack that is being taken. */
    private @Nullable Agent released;

    Breakers(Core core, Delivery delivery) {
        this.core = core;
        this.delivery = delivery;
    }

    long coolDownNs() {
        return TimeUnit.MILLISECONDS.toNanos(core.config.breaker().coolDownMs());
    }

    /** A handler failed with this message. */
    void onFailure(Lane lane, long epoch, long seq) {
        Agent agent = lane.recipient;
        long now = core.clock.nanoTime();
        if (lane.breaker.failed(epoch, seq, core.config.breaker().laneFailures(), now)) {
            core.count(Counter.BREAKERS_OPENED);
            lane.hold(Lane.LANE_BREAKER, now);
            openLanes.add(lane);
            tell(agent, lane);
        }
        if (agent.breaker.failed(lane.id, 0, core.config.breaker().agentFailures(), now)) {
            core.count(Counter.BREAKERS_OPENED);
            agent.hold(Lane.AGENT_BREAKER, now);
            openAgents.add(agent);
            tell(agent, null);
        }
    }

    /** A message of this lane was acked. The caller pumps. */
    void onSuccess(Lane lane) {
        if (!lane.breaker.isClean() && lane.breaker.succeeded()) {
            tell(lane.recipient, lane);
        }
        if (!lane.recipient.breaker.isClean() && lane.recipient.breaker.succeeded()) {
            released = lane.recipient;
            tell(lane.recipient, null);
        }
    }

    /** Those whose cool-down is over let one attempt go. */
    void onTimer(long nowNs) {
        if (!openLanes.isEmpty()) {
            cooledLanes(nowNs);
        }
        if (!openAgents.isEmpty()) {
            cooledAgents(nowNs);
        }
    }

    private void cooledLanes(long nowNs) {
        for (Lane lane : new ArrayList<>(openLanes)) {
            if (lane.breaker.cooled(nowNs, coolDownNs())) {
                openLanes.remove(lane);
                lane.release(Lane.LANE_BREAKER, nowNs);
                tell(lane.recipient, lane);
                delivery.pump.pump(lane);
            }
        }
    }

    private void cooledAgents(long nowNs) {
        for (Agent agent : new ArrayList<>(openAgents)) {
            if (agent.breaker.cooled(nowNs, coolDownNs())) {
                openAgents.remove(agent);
                agent.release(Lane.AGENT_BREAKER, nowNs);
                tell(agent, null);
                delivery.pump.pumpAll(agent);
            }
        }
    }

    /** Another process has the name: what the one before did says nothing about it. */
    void onNewProcess(Agent agent) {
        if (reset(agent)) {
            tell(agent, null);
        }
        for (Lane lane : agent.lanes.values()) {
            if (reset(lane)) {
                tell(agent, lane);
            }
        }
    }

    /** True when the lanes of this agent may go on by what happened last. */
    boolean mayGoOn(Agent agent) {
        boolean isReleased = agent == released;
        released = isReleased ? null : released;
        return isReleased || agent.breaker.isHalfOpen();
    }

    /** Closes the breaker and forgets its row; true when it was not closed. The caller tells and pumps. */
    boolean reset(Lane lane) {
        boolean wasOpen = lane.breaker.close();
        openLanes.remove(lane);
        lane.release(Lane.LANE_BREAKER, core.clock.nanoTime());
        return wasOpen;
    }

    /** As {@link #reset(Lane)} for the agent as a whole. */
    boolean reset(Agent agent) {
        boolean wasOpen = agent.breaker.close();
        openAgents.remove(agent);
        agent.release(Lane.AGENT_BREAKER, core.clock.nanoTime());
        return wasOpen;
    }

    Map<String, Object> described(Agent agent, @Nullable Lane lane) {
        Breaker breaker = lane == null ? agent.breaker : lane.breaker;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("scope", lane == null ? "agent" : "lane");
        json.put("agent", agent.name);
        if (lane != null) {
            json.put("sender", lane.sender.name);
            json.put("class", LaneClass.nameOf(lane.laneClass));
        }
        json.put("state", breaker.state().name().toLowerCase(Locale.ROOT));
        json.put("failures", (long) breaker.failures());
        json.put("opened", breaker.openedTimes());
        json.put("left_ms", leftMs(breaker));
        return json;
    }

    private long leftMs(Breaker breaker) {
        return breaker.state() == Breaker.State.OPEN
                ? Math.max(0, (coolDownNs() - (core.clock.nanoTime() - breaker.openedAtNs())) / 1_000_000)
                : 0;
    }

    void tell(Agent agent, @Nullable Lane lane) {
        Map<String, Object> json = described(agent, lane);
        json.put("event", "breaker");
        core.tellThose(agent, lane == null ? agent.lanesCopy() : List.of(lane), json);
    }
}
