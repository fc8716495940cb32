package dev.relay.daemon.presence;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for an agent to be there, or to take messages: answered then, or when the time is up. Core thread only; at most {@value #MAX},
 * one more is refused OVERLOADED.
 */
final class Waiters {
    static final int MAX = 4_096;
    private static final long MAX_WAIT_MS = 60_000;

    private record Waiter(
            Session session, String namespace, String name, boolean isForReady, long untilNs, Answer answer) {}

    private final BusServices services;
    private final Function<Agent, Map<String, Object>> row;
    private final List<Waiter> waiters = new ArrayList<>();

    /** {@code row}: an agent's in the directory. */
    Waiters(BusServices services, Function<Agent, Map<String, Object>> row) {
        this.services = services;
        this.row = row;
    }

    void await(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        String name = Arguments.text(request, "name", "");
        if (session == null || !Names.isName(name)) {
            answer.fail(ErrorCode.BAD_NAME, "not a legal name: name=" + name);
        } else if (waiters.size() >= MAX) {
            answer.fail(ErrorCode.OVERLOADED, "too many wait: limit=" + MAX);
        } else {
            long now = services.clock().nanoTime();
            long waitMs = Math.min(MAX_WAIT_MS, Math.max(0, Arguments.number(request, "timeout_ms", 0)));
            boolean isForReady = Arguments.flag(request, "ready", false);
            long untilNs = now + TimeUnit.MILLISECONDS.toNanos(waitMs);
            waiters.add(new Waiter(session, caller.namespace(), name, isForReady, untilNs, answer));
            tell(now);
        }
    }

    /** Answers those who need not wait any more. */
    void tell(long nowNs) {
        waiters.removeIf(waiter -> isAnswered(waiter, nowNs));
    }

    private boolean isAnswered(Waiter waiter, long nowNs) {
        Agent agent = services.agent(waiter.namespace(), waiter.name());
        Session session = agent == null ? null : agent.session;
        boolean isThere = session != null && session.isOpen() && (!waiter.isForReady() || session.hasCredit);
        if (agent != null && isThere) {
            Map<String, Object> found = new LinkedHashMap<>(row.apply(agent));
            found.put("found", true);
            waiter.answer().ok(found);
            return true;
        }
        boolean isOver = nowNs - waiter.untilNs() >= 0;
        if (isOver) {
            waiter.answer().ok(Map.of("found", false));
        }
        return isOver;
    }

    void onEnd(Session session) {
        waiters.removeIf(waiter -> waiter.session() == session);
    }
}
