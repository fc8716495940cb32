package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.store.Batch;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code agent.command}: commands an agent for an operator who is on no session, or does not want to wait on one, and answers with what became of it. The daemon asks the agent with a request of its
 * own, which expires with the wait, so that nothing is carried out when nobody expects it any more. At most {@value #MAX_WAITING} wait at a time, one more is OVERLOADED. Who comes from outside the bus may
 * have the supervisor restart what it keeps and nothing else: to start something over HTTP would be remote execution. Core thread only.
 */
final class CommandDesk implements Desk {
    static final String SUPERVISOR = "supervisor";
    private static final int MAX_WAITING = 64;
    private static final long MAX_WAIT_MS = 60_000;
    private static final long WAIT_MS = 4_000;
    private static final String RESTART = "restart";

    /** A command under way: its request's place in the lane of the daemon's own messages to that agent. */
    private record Waiting(Agent agent, long seq, long untilNs, Answer answer) {}

    private final Core core;
    private final DeskServices services;
    private final List<Waiting> waiting = new ArrayList<>();

    CommandDesk(Core core, DeskServices services) {
        this.core = core;
        this.services = services;
    }

    /** Every command that is accepted is audited, by its name; what it carries may be secret. */
    static void audit(Core core, String who, Agent agent, String payload) {
        core.next.audits.add(new Batch.Audit(core.clock.wallMs(), "command", who, described(agent, payload)));
    }

    private static String described(Agent agent, String payload) {
        if (!(parsed(payload) instanceof Map<?, ?> body)) {
            return BreakerDesk.whatOf(agent, null) + " command=unreadable";
        }
        boolean isOfAnother =
                agent.name.equals(SUPERVISOR) && body.get("args") instanceof Map<?, ?> args && args.containsKey("name");
        String of =
                isOfAnother ? " name=" + plain(((Map<?, ?>) Objects.requireNonNull(body.get("args"))).get("name")) : "";
        return BreakerDesk.whatOf(agent, null) + " command=" + plain(body.get("command")) + of;
    }

    private static String plain(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.substring(0, Math.min(64, text.length())).replaceAll("[^\\w.:-]", "?");
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        if (!op.equals("agent.command")) {
            return false;
        }
        String command = Arguments.text(request, "command", "");
        long timeoutMs = Arguments.number(request, "timeout_ms", WAIT_MS);
        Agent agent = core.agent(Arguments.namespace(caller, request), Arguments.text(request, "agent", ""));
        boolean isOutside = caller.session() == null;
        if (!caller.isOperator()
                || (isOutside && agent != null && agent.name.equals(SUPERVISOR) && !command.equals(RESTART))) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "commands are for operators; from here the supervisor only restarts");
        } else if (agent == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + request.get("agent"));
        } else if (agent.session == null) {
            answer.fail(ErrorCode.RECIPIENT_OFFLINE, "not connected: agent=" + agent.name);
        } else if (command.isEmpty() || timeoutMs < 1 || timeoutMs > MAX_WAIT_MS) {
            answer.fail(ErrorCode.BAD_REQUEST, "command is a text, timeout_ms 1 to " + MAX_WAIT_MS);
        } else if (waiting.size() >= MAX_WAITING) {
            answer.fail(ErrorCode.OVERLOADED, "too many commands wait for their answers");
        } else {
            ask(caller, agent, body(command, request), timeoutMs, answer);
        }
        return true;
    }

    private static Map<String, Object> body(String command, Map<String, @Nullable Object> request) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("command", command);
        body.put("args", request.get("args") instanceof Map<?, ?> args ? args : Map.of());
        return body;
    }

    private void ask(Caller caller, Agent agent, Map<String, Object> body, long timeoutMs, Answer answer) {
        DeskServices.Asked asked = services.ask(agent, Core.COMMAND, body, timeoutMs);
        if (asked.refusal() != null) {
            answer.fail(asked.refusal(), "the command cannot be sent now: agent=" + agent.name);
            return;
        }
        audit(core, caller.who(), agent, Json.write(body));
        long untilNs = core.clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        waiting.add(new Waiting(agent, asked.seq(), untilNs, answer));
    }

    /** The agent's answer to one of our requests; {@code error} null when its handler returned. */
    void onReply(Agent agent, long seq, String payload, @Nullable String error) {
        Waiting one = take(agent.name, agent.namespace, seq);
        if (one == null) {
            return; // came too late: it was answered no_answer
        }
        one.answer.ok(
                error == null
                        ? Map.of("outcome", "answered", "answer", parsed(payload))
                        : Map.of("outcome", "failed", "error", error));
    }

    /** Null, and what is no JSON, as text. */
    private static Object parsed(String payload) {
        try {
            Object answer = payload.isEmpty() ? "" : Json.parse(payload);
            return answer == null ? "" : answer;
        } catch (JsonException e) {
            return payload;
        }
    }

    /** A message died: perhaps one of our requests, for want of a handler or of time. */
    void died(DeadLetters.Dying dead) {
        if (waiting.isEmpty() || !dead.row().sender().equals(DeskServices.SELF)) {
            return;
        }
        Waiting one = take(dead.row().target(), dead.lane().recipient.namespace, dead.seq());
        if (one != null) {
            DeadLetterReason reason = DeadLetterReason.byNumber(dead.row().reason());
            one.answer.ok(Map.of("outcome", "died", "reason", String.valueOf(reason)));
        }
    }

    private @Nullable Waiting take(String name, String namespace, long seq) {
        for (Waiting each : waiting) {
            if (each.seq == seq && each.agent.name.equals(name) && each.agent.namespace.equals(namespace)) {
                waiting.remove(each);
                return each;
            }
        }
        return null;
    }

    @Override
    public void onTimer(long nowNs) {
        for (Waiting each : List.copyOf(waiting)) {
            if (nowNs - each.untilNs >= 0) {
                waiting.remove(each);
                each.answer.ok(Map.of("outcome", "no_answer"));
            }
        }
    }
}
