package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HELLOs of restarted processes that find their name held by a session which has gone silent (I19, I21). The owner is asked by PING: if it answers, the newcomer is told
 * NAME_IN_USE; if it is suspect and does not answer within {@value #CONTEST_MS} ms, it is fenced and the newcomer has the name; no wait is longer than {@value #LONGEST_MS}
 * ms. One newcomer per name waits; bounded by the connections without HELLO. Core thread only.
 */
final class Contests {
    static final long CONTEST_MS = 1_000;
    static final long LONGEST_MS = 5_000;

    /** How a contest ends. */
    enum Verdict {
        WAIT,
        OWNER_ANSWERED,
        NAME_IS_FREE,
        OWNER_IS_DEAD
    }

    record Contest(Session newcomer, Agent agent, Session owner, Map<String, @Nullable Object> hello, long startNs) {}

    private final Core core;
    private final List<Contest> waiting = new ArrayList<>();

    Contests(Core core) {
        this.core = core;
    }

    boolean isWaiting(Session newcomer) {
        for (Contest c : waiting) {
            if (c.newcomer == newcomer) {
                return true;
            }
        }
        return false;
    }

    /** An owner that answers PINGs is never silent for so long. */
    boolean isDoubtful(Session owner) {
        long silentMs = TimeUnit.NANOSECONDS.toMillis(core.clock.nanoTime() - owner.lastHeardNs);
        return owner.isSuspect || silentMs >= 2 * core.config.pingMs();
    }

    /** False when another newcomer waits for this name. */
    boolean start(Session newcomer, Agent agent, Session owner, Map<String, @Nullable Object> hello) {
        for (Contest c : waiting) {
            if (c.agent == agent) {
                return false;
            }
        }
        long now = core.clock.nanoTime();
        waiting.add(new Contest(newcomer, agent, owner, hello, now));
        FrameWriter.ping(owner.connection.reserve(Frames.PING_BYTES), now);
        owner.connection.commit();
        core.count(Counter.CONTESTS);
        return true;
    }

    /** Takes out the next contest that is decided, or null. */
    @Nullable
    Contest pollDecided(long nowNs) {
        for (int i = 0; i < waiting.size(); i++) {
            if (!core.sessions.containsKey(waiting.get(i).newcomer.connection)) {
                waiting.remove(i--);
            } else if (verdict(waiting.get(i), nowNs) != Verdict.WAIT) {
                return waiting.remove(i);
            }
        }
        return null;
    }

    Verdict verdict(Contest c, long nowNs) {
        if (c.agent.session != c.owner) {
            return c.agent.session == null ? Verdict.NAME_IS_FREE : Verdict.OWNER_ANSWERED;
        }
        if (c.owner.lastHeardNs - c.startNs > 0) {
            return Verdict.OWNER_ANSWERED;
        }
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(nowNs - c.startNs);
        if (c.owner.isSuspect && waitedMs >= CONTEST_MS) {
            return Verdict.OWNER_IS_DEAD;
        }
        return waitedMs >= LONGEST_MS ? Verdict.OWNER_ANSWERED : Verdict.WAIT;
    }
}
