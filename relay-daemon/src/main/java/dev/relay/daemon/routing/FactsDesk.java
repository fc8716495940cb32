package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The facts for operators who come by another way than the bus, of all namespaces: agents, lanes, the timeline of a message. Sessions get the same from {@link ControlOps} and {@link LaneDesk}.
 * Answers are bounded; nothing is kept. Core thread only.
 */
final class FactsDesk implements Desk {
    private static final int MAX_AGENTS = 500;
    private static final int MAX_LANES = 200;
    private static final int MAX_EVENTS = 200;

    private final Core core;
    private final Facts facts;

    FactsDesk(Core core, Facts facts) {
        this.core = core;
        this.facts = facts;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        if (caller.session() != null) {
            return false;
        }
        switch (op) {
            case "agents" -> answer.ok(facts.agents(MAX_AGENTS));
            case "lane.ls" -> answer.ok(lanes());
            case "message.trace" -> trace(request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Those in which most waits first, and halted ones before all. */
    private Map<String, Object> lanes() {
        Comparator<Lane> byPressure = Comparator.comparingLong(
                lane -> lane.isHalted ? Long.MIN_VALUE : -(long) lane.queued() - lane.inFlight);
        List<Lane> pressed = new ArrayList<>();
        for (Lane lane : core.lanes) {
            if (lane.isHalted || lane.queued() > 0 || lane.inFlight > 0) {
                pressed.add(lane);
            }
        }
        List<Map<String, Object>> rows = pressed.stream()
                .sorted(byPressure)
                .limit(MAX_LANES)
                .map(LaneDesk::described)
                .toList();
        return Map.of("lanes", rows, "idle", core.lanes.size() - pressed.size());
    }

    private void trace(Map<String, @Nullable Object> request, Answer answer) {
        try {
            UUID id = UUID.fromString(Arguments.text(request, "id", ""));
            List<Map<String, Object>> events =
                    core.trace.find(id.getMostSignificantBits(), id.getLeastSignificantBits(), Trace.ALL_NAMESPACES);
            answer.ok(Map.of("events", events.subList(Math.max(0, events.size() - MAX_EVENTS), events.size())));
        } catch (IllegalArgumentException e) {
            answer.fail(ErrorCode.BAD_REQUEST, "id is not a UUID");
        }
    }
}
