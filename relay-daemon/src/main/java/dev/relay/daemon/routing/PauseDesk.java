package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Agents and lanes that hold. {@code pause} and {@code resume} for the agent itself and operators; {@code emergency_stop} for operators: every agent of the namespace but the
 * {@linkplain #NEVER_STOPPED ones that carry the stop out} is paused, and the sidecar is told to raise the kill switch. Nothing is dropped: what is held waits in its lane, its senders see the
 * usual pressure, no retry time is charged. A row per pause outlives the daemon. Core thread only; bounded by the agents and lanes there are.
 */
final class PauseDesk implements Desk {
    static final Set<String> NEVER_STOPPED = Set.of("sidecar", CommandDesk.SUPERVISOR);
    private static final String DESK = "pause";
    private static final String SIDECAR = "sidecar";
    private static final String KILL = "orders.kill";

    private final Core core;
    private final Delivery delivery;
    private final DeskServices services;

    PauseDesk(Core core, Delivery delivery, DeskServices services) {
        this.core = core;
        this.delivery = delivery;
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "pause" -> set(caller, request, true, answer);
            case "resume" -> set(caller, request, false, answer);
            case "emergency_stop" -> emergencyStop(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    @Override
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        if (!row.desk().equals(DESK) || body == null) {
            return;
        }
        Map<String, @Nullable Object> json = parsed(row.key(), body);
        Agent agent = core.agent(row.namespace(), Arguments.text(json, "agent", ""));
        if (agent == null) {
            return; // a pause of a name that was deleted says nothing
        }
        String sender = Arguments.text(json, "sender", "");
        if (sender.isEmpty()) {
            agent.hold(Lane.AGENT_PAUSED, core.startedNs);
            return;
        }
        Lane lane = agent.lanes.get(Agent.laneKey(LaneClass.of(Arguments.text(json, "class", "")), sender));
        if (lane != null) {
            lane.hold(Lane.LANE_PAUSED, core.startedNs);
        }
    }

    private static Map<String, @Nullable Object> parsed(String key, byte[] body) {
        try {
            return Json.object(new String(body, StandardCharsets.UTF_8));
        } catch (JsonException e) {
            throw new IllegalStateException("a stored pause cannot be read: key=" + key, e);
        }
    }

    private void set(Caller caller, Map<String, @Nullable Object> request, boolean isPause, Answer answer) {
        if (Named.ALL.equals(request.get("agent"))) {
            setAll(caller, request, isPause, answer);
            return;
        }
        Named.Target target = Named.find(core, caller, request, answer);
        Agent agent = target.agent();
        if (agent == null) {
            return;
        }
        boolean isChanged = change(caller, agent, target.lane(), isPause, Arguments.text(request, "reason", ""));
        services.whenCommitted(() -> answer.ok(Map.of("paused", isPause, "changed", isChanged)));
    }

    private void setAll(Caller caller, Map<String, @Nullable Object> request, boolean isPause, Answer answer) {
        if (!mayStopAll(caller, answer)) {
            return;
        }
        long changed = changeAll(caller, request, isPause);
        services.whenCommitted(() -> answer.ok(Map.of("paused", isPause, "agents", changed)));
    }

    private boolean mayStopAll(Caller caller, Answer answer) {
        if (!caller.isOperator()) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only operators may stop or resume all agents");
        }
        return caller.isOperator();
    }

    private long changeAll(Caller caller, Map<String, @Nullable Object> request, boolean isPause) {
        String namespace = Arguments.namespace(caller, request);
        long changed = 0;
        for (Agent agent : new ArrayList<>(core.agents.values())) {
            boolean isMeant =
                    agent.namespace.equals(namespace) && !NEVER_STOPPED.contains(agent.name) && !agent.isTheDaemons;
            if (isMeant && change(caller, agent, null, isPause, Arguments.text(request, "reason", ""))) {
                changed++;
            }
        }
        return changed;
    }

    /** False when it was so already. */
    private boolean change(Caller caller, Agent agent, @Nullable Lane lane, boolean isPause, String reason) {
        boolean wasPaused = lane == null ? agent.isPaused() : lane.isHeldBy(Lane.LANE_PAUSED);
        if (wasPaused == isPause) {
            return false;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("agent", agent.name);
        if (lane != null) {
            json.put("sender", lane.sender.name);
            json.put("class", LaneClass.nameOf(lane.laneClass));
        }
        String key = lane == null ? agent.name : agent.name + "<" + json.get("class") + ":" + lane.sender.name;
        byte[] body = Json.write(json).getBytes(StandardCharsets.UTF_8);
        services.keep(DESK, agent.namespace, key, isPause ? body : null);
        services.audit(
                isPause ? "pause" : "resume",
                caller.who(),
                BreakerDesk.whatOf(agent, lane) + (reason.isEmpty() ? "" : " reason=" + reason));
        hold(agent, lane, isPause);
        tell(agent, lane, json, isPause, reason);
        return true;
    }

    private void hold(Agent agent, @Nullable Lane lane, boolean isPause) {
        long now = core.clock.nanoTime();
        if (lane == null && isPause) {
            agent.hold(Lane.AGENT_PAUSED, now);
        } else if (lane == null) {
            agent.release(Lane.AGENT_PAUSED, now);
            delivery.pump.pumpAll(agent);
        } else if (isPause) {
            lane.hold(Lane.LANE_PAUSED, now);
        } else {
            lane.release(Lane.LANE_PAUSED, now);
            delivery.pump.pump(lane);
        }
    }

    private void tell(Agent agent, @Nullable Lane lane, Map<String, Object> json, boolean isPause, String reason) {
        json.put("event", "lifecycle");
        json.put("what", isPause ? "paused" : "resumed");
        json.put("reason", reason);
        core.tellThose(agent, lane == null ? agent.lanesCopy() : List.of(lane), json);
    }

    private void emergencyStop(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        if (!mayStopAll(caller, answer)) {
            return;
        }
        String reason = Arguments.text(request, "reason", "emergency stop");
        Agent sidecar = core.agent(Arguments.namespace(caller, request), SIDECAR);
        ErrorCode refusal = sidecar == null
                ? ErrorCode.NO_SUCH_RECIPIENT
                : services.send(DeskServices.SELF, sidecar, KILL, Map.of("reason", reason + " by " + caller.who()));
        long paused = changeAll(caller, request, true);
        services.audit("emergency_stop", caller.who(), "agents=" + paused + " reason=" + reason);
        Map<String, Object> done = new LinkedHashMap<>();
        done.put("agents", paused);
        done.put("kill_switch", refusal == null ? killState(sidecar) : "not_told");
        if (refusal != null) {
            done.put("kill_switch_code", refusal.name());
        }
        services.whenCommitted(() -> answer.ok(done));
    }

    /** A sidecar that is away is told as soon as it is back; until then its kill file does it. */
    private static String killState(@Nullable Agent sidecar) {
        return sidecar != null && sidecar.session != null ? "told" : "waits_for_sidecar";
    }
}
