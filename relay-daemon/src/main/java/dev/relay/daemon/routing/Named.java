package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.ErrorCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the agent, or the lane of it, that an operation names, and says no to those who may not. Core thread only; keeps nothing. */
final class Named {
    static final String ALL = "*";

    /** What was found; {@code agent} null when the answer was no. */
    record Target(@Nullable Agent agent, @Nullable Lane lane) {}

    private static final Target NONE = new Target(null, null);

    /** Operators may name anybody, others themselves. With {@code sender}, one lane of it. */
    static Target find(Core core, Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "agent", caller.name());
        if (!caller.isOperator() && !name.equals(caller.name())) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only the agent itself and operators may: agent=" + name);
            return NONE;
        }
        Agent agent = core.agent(Arguments.namespace(caller, request), name);
        if (agent == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
            return NONE;
        }
        String sender = Arguments.text(request, "sender", "");
        return sender.isEmpty() ? new Target(agent, null) : lane(agent, sender, request, answer);
    }

    private static Target lane(Agent agent, String sender, Map<String, @Nullable Object> request, Answer answer) {
        int laneClass = LaneClass.of(Arguments.text(request, "class", "message"));
        Lane lane = laneClass < 0 || laneClass == LaneClass.EXPRESS || laneClass == LaneClass.REPLY
                ? null
                : agent.lanes.get(Agent.laneKey(laneClass, sender));
        if (lane == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such lane: sender=" + sender + " agent=" + agent.name);
            return NONE;
        }
        return new Target(agent, lane);
    }

    private Named() {}
}
