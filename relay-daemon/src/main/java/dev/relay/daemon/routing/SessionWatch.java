package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Who is there and says nothing. A session that is silent is asked (PING); one that owes its answer for too long is named in the health, which changes nothing for it; after 3 s it is
 * suspect, after 30 s it is fenced (I21). Also who ended without a GOODBYE within the last minute. Core thread only.
 *
 * <p>All sessions are looked at in rounds, a round in turns of {@value #LEAST_OF_TURN} sessions or a hundredth of all, evenly spread: thousands of
 * probes at once would stand in the way of messages. A crowd ({@link BusConfig#isCrowd}) is asked as rarely as the limit of suspicion allows, so that
 * idle agents cost little; a stalled one is then named later, and suspect as soon as any. A pause of the daemon itself is nobody's silence: after one, everybody has the time
 * of an answer before anybody is named.
 */
final class SessionWatch {
    private static final int LEAST_OF_TURN = 64;
    private static final int MOST_TURNS = 100;
    private static final long LONGEST_ROUND_MS = 250;
    private static final long PAUSE_MS = 150;
    private static final long LOST_MS = 60_000;

    private final Core core;
    private final Handshake handshake;
    private final List<Session> round = new ArrayList<>();
    private int looked;
    private int ofTurn;
    private long betweenTurnsNs;
    private long dueNs;
    private long resumedNs;

    SessionWatch(Core core, Handshake handshake) {
        this.core = core;
        this.handshake = handshake;
        this.dueNs = core.clock.nanoTime();
        this.resumedNs = dueNs;
    }

    /** Looks at the sessions of one turn. */
    void onTimer(long nowNs) {
        if (nowNs - dueNs < 0) {
            return;
        }
        if (ms(nowNs - dueNs) > PAUSE_MS) {
            resumedNs = nowNs;
        }
        if (looked == round.size()) {
            begin();
        }
        int end = Math.min(round.size(), looked + ofTurn);
        while (looked < end) {
            Session session = round.get(looked++);
            if (core.sessions.get(session.connection) == session) {
                look(session, nowNs);
            }
        }
        dueNs = nowNs + betweenTurnsNs;
    }

    private void begin() {
        round.clear();
        round.addAll(core.sessions.values());
        looked = 0;
        ofTurn = Math.max(LEAST_OF_TURN, ceil(round.size(), MOST_TURNS));
        betweenTurnsNs = roundNs() / Math.max(1, ceil(round.size(), ofTurn));
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }

    /** How long a look at everybody takes. */
    long roundNs() {
        return TimeUnit.MILLISECONDS.toNanos(Math.min(LONGEST_ROUND_MS, probeAfterMs() / 2));
    }

    long nextDeadlineNs() {
        return dueNs;
    }

    private void look(Session session, long nowNs) {
        long silentMs = ms(nowNs - session.lastHeardNs);
        if (!session.isOpen()) {
            endUnlessGreeted(session, nowNs);
        } else if (silentMs >= core.config.fencedMs()) {
            core.count(Counter.SESSIONS_FENCED);
            core.error(session, ErrorCode.FENCED, "silent for too long.", true, null);
            handshake.end(session, CloseReason.SILENT);
        } else {
            judge(session, nowNs, silentMs);
        }
    }

    private void endUnlessGreeted(Session session, long nowNs) {
        boolean isLate = ms(nowNs - session.connectedAtNs) >= core.config.handshakeMs();
        if (isLate && !handshake.isContesting(session)) {
            core.error(session, ErrorCode.HANDSHAKE_TIMEOUT, "no HELLO in time.", true, null);
            handshake.end(session, CloseReason.HANDSHAKE_TIMEOUT);
        }
    }

    private void judge(Session session, long nowNs, long silentMs) {
        if (silentMs >= core.config.suspectMs() && !session.isSuspect) {
            session.isSuspect = true;
            core.count(Counter.SUSPECTS);
        }
        boolean isAsked = session.lastPingNs - session.lastHeardNs > 0;
        long answerMs = core.config.probing().answerMs();
        if (isAsked && silentMs >= probeAfterMs() + answerMs && ms(nowNs - resumedNs) >= answerMs) {
            session.isSilent = true;
        }
        if (silentMs >= probeAfterMs() && (!isAsked || ms(nowNs - session.lastPingNs) >= core.config.pingMs())) {
            session.lastPingNs = nowNs;
            FrameWriter.ping(session.connection.reserve(Frames.PING_BYTES), nowNs);
            session.connection.commit();
        }
    }

    private long probeAfterMs() {
        int sessions = core.sessions.size();
        long pingMs = core.config.pingMs(sessions);
        return BusConfig.isCrowd(sessions)
                ? pingMs
                : Math.min(pingMs, core.config.probing().afterMs());
    }

    /** Agents that owe an answer and are not suspect yet. */
    List<String> silent() {
        long nowNs = core.clock.nanoTime();
        return core.sessions.values().stream()
                .filter(session -> session.isSilent && !session.isSuspect)
                .map(session ->
                        named(session.owner(), session.connection.pid(), "silent for", nowNs - session.lastHeardNs))
                .toList();
    }

    /** Agents that ended without taking leave, and are not back. */
    List<String> lost() {
        long nowNs = core.clock.nanoTime();
        return core.agents.values().stream()
                .filter(agent -> agent.lostAtNs != 0 && ms(nowNs - agent.lostAtNs) < LOST_MS)
                .map(agent -> named(agent, -1, "ended without a goodbye, gone for", nowNs - agent.lostAtNs))
                .toList();
    }

    private static String named(Agent agent, int pid, String what, long ns) {
        String process = pid > 0 ? " (pid " + pid + ") " : " ";
        return agent.name + process + what + String.format(Locale.ROOT, " %.1f s", ns / 1e9);
    }

    private static long ms(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }
}
