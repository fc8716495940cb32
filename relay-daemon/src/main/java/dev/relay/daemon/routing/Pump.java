package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes DELIVER and SKIP; nothing else does. {@link #pump} walks a lane from its cursor while there is credit and stops at whatever must come first: a retry
 * that is not due or not yet recorded, a dead letter that is not yet committed. So each lane blocks only itself. A peer that does not read is left alone above
 * {@value #MAX_PENDING_BYTES} waiting bytes and visited again at the end of a batch. Core thread only.
 */
final class Pump {
    private static final long MAX_PENDING_BYTES = 8 << 20;
    private static final Comparator<Lane> URGENT_FIRST = Comparator.comparing((Lane lane) -> !lane.isOnProbation)
            .thenComparing(Comparator.comparingInt(Pump::urgency).reversed());

    private final Core core;
    private final Delivery delivery;
    private final DeadLetters deadLetters;
    final Timers timers = new Timers();
    private final List<Session> stalled = new ArrayList<>();
    /** Lanes whose head waits for the next commit. */
    private List<Lane> awaitingCommit = new ArrayList<>();

    private List<Lane> spareList = new ArrayList<>();

    private long committedNo;

    Pump(Core core, Delivery delivery, DeadLetters deadLetters) {
        this.core = core;
        this.delivery = delivery;
        this.deadLetters = deadLetters;
        this.committedNo = core.next.no - 1;
    }

    /** Delivers what the lane's credit and state allow. */
    void pump(Lane lane) {
        Session session = lane.recipient.session;
        if (session != null && isServed(lane)) {
            while (lane.cursor < lane.size() && step(lane, session)) {}
            delivery.spill.readBack(lane);
        }
        if (lane.isHalted) {
            delivery.revival.whileHalted(lane);
        }
    }

    /** Somebody is there for it and wants messages; else {@link Expiry} looks after it. */
    boolean isServed(Lane lane) {
        Session session = lane.recipient.session;
        return session != null && session.hasCredit && lane.recipient.isReady() && !lane.isHeld();
    }

    /** Every lane of an agent: those on probation first, then by the priority of their next message (I10). */
    void pumpAll(Agent agent) {
        List<Lane> lanes = agent.lanesCopy();
        lanes.sort(URGENT_FIRST);
        lanes.forEach(this::pump);
    }

    private static int urgency(Lane lane) {
        if (lane.cursor >= lane.size() || !lane.hasMessage(lane.cursor)) {
            return 0;
        }
        return MessageHeader.priority(lane.message(lane.cursor).frame, 0);
    }

    /** Handles the entry at the cursor; false stops the walk. */
    private boolean step(Lane lane, Session session) {
        int i = lane.cursor;
        return switch (lane.state(i)) {
            case Lane.QUEUED ->
                mayStart(lane, i) && mayFly(lane, session, lane.message(i).length) && deliver(lane, session, i);
            case Lane.SKIP -> delivery.revival.mayPass(lane, i) && mayFly(lane, session, 0) && skip(lane, session, i);
            case Lane.DYING -> false;
            default -> {
                lane.cursor++;
                yield true;
            }
        };
    }

    private boolean mayStart(Lane lane, int i) {
        if (lane.epoch(i) > lane.sender.durableEpoch) {
            awaitCommit(lane);
            return false;
        }
        long now = core.clock.nanoTime();
        Message m = lane.message(i);
        if (m.isForbidden) {
            delivery.retries.kill(lane, i, DeadLetterReason.FORBIDDEN);
            return false;
        }
        if (m.expiresAtNs != 0 && now - m.expiresAtNs >= 0) {
            core.count(Counter.EXPIRED);
            delivery.retries.kill(lane, i, DeadLetterReason.EXPIRED);
            return false;
        }
        if (m.expiresAtNs != 0) {
            timers.schedule(lane, m.expiresAtNs);
        }
        return !lane.isFailed(i) || mayRetry(lane, i, now);
    }

    private boolean mayRetry(Lane lane, int i, long now) {
        Failure f = lane.failure(lane.epoch(i), lane.seq(i));
        if (f == null) {
            return true;
        }
        if (f.dueNs - now > 0) {
            timers.schedule(lane, f.dueNs);
            return false;
        }
        if (f.diesWhenDue) {
            delivery.retries.kill(lane, i, DeadLetterReason.MAX_ATTEMPTS);
            return false;
        }
        if (f.batchNo > committedNo) {
            awaitCommit(lane);
            return false;
        }
        return true;
    }

    private boolean mayFly(Lane lane, Session session, int bytes) {
        int messages = Math.min(
                lane.creditMessages >= 0 ? lane.creditMessages : session.creditMessages, Limits.LANE_WINDOW_MESSAGES);
        long limit = lane.creditMessages >= 0 ? lane.creditBytes : session.creditBytes;
        if (lane.isOnProbation || lane.breaker.isHalfOpen()) {
            messages = Math.min(1, messages);
        }
        if (lane.inFlight >= messages || (lane.inFlight > 0 && lane.inFlightBytes + bytes > limit)) {
            return false;
        }
        if (mustWaitForOthers(lane)) {
            return false;
        }
        if (session.connection.pendingBytes() > MAX_PENDING_BYTES) {
            stall(session);
            return false;
        }
        return true;
    }

    /** The agent gets a single message in all: it died twice in a row (I16), or its breaker is half open. */
    private static boolean mustWaitForOthers(Lane lane) {
        Agent actor = lane.recipient.actor();
        return (actor.abnormalEnds >= 2 && inFlightInAll(actor) > 0)
                || (lane.recipient.breaker.isHalfOpen()
                        && lane.laneClass != LaneClass.REPLY
                        && inFlight(lane.recipient) > 0);
    }

    private void stall(Session session) {
        if (!session.isStalled) {
            session.isStalled = true;
            stalled.add(session);
        }
    }

    /** On its own lanes. */
    static int inFlight(Agent agent) {
        int n = 0;
        for (Lane lane : agent.lanes.values()) {
            n += lane.inFlight;
        }
        return n;
    }

    /** With it and its partitions. */
    static int inFlightInAll(Agent agent) {
        int n = inFlight(agent);
        for (int i = 0; i < agent.partitions.size(); i++) {
            n += inFlight(agent.partitions.get(i));
        }
        return n;
    }

    private boolean deliver(Lane lane, Session session, int i) {
        Message m = lane.message(i);
        Failure f = lane.isFailed(i) ? lane.failure(m.epoch, m.seq) : null;
        delivery.announcements.tellLane(lane, session);
        int kind = MessageHeader.kind(m.frame, 0);
        delivery.announcements.tellKind(session, kind);
        boolean again = lane.wasDelivered(i);
        write(session, lane, m, again, f == null ? 1 : f.failures + 1);
        if (lane.laneClass == LaneClass.GROUP) {
            delivery.memberCopies.onDelivered(lane, m);
        }
        lane.toFlight(i, m.length, core.nowNs);
        core.trace.note(Trace.Event.DELIVERED, m, lane.id, f == null ? 1 : f.failures + 1);
        lane.cursor++;
        core.count(again ? Counter.REDELIVERED : Counter.DELIVERED);
        return true;
    }

    private void write(Session session, Lane lane, Message m, boolean again, int attempt) {
        ByteBuffer out = session.connection.reserve(m.length);
        int at = out.position();
        out.put(at, m.frame, 0, m.length);
        int flags = m.flags & ~(Flags.RESENT | Flags.REDELIVERED);
        MessageHeader.flags(out, at, again ? flags | Flags.REDELIVERED : flags);
        MessageHeader.handle(out, at, lane.handle);
        MessageHeader.attempt(out, at, attempt);
        if (m.expiresAtNs != 0) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(m.expiresAtNs - core.clock.nanoTime());
            MessageHeader.ttlMs(out, at, Math.max(1, leftMs));
            out.putLong(at + Message.EXPIRY_AT, 0);
        }
        out.position(at + m.length);
        session.connection.commit();
    }

    private boolean skip(Lane lane, Session session, int i) {
        delivery.announcements.tellLane(lane, session);
        int reason = deadLetters.reasonOfSkip(lane.id, lane.epoch(i), lane.seq(i));
        FrameWriter.skip(
                session.connection.reserve(Frames.SKIP_BYTES),
                lane.handle,
                reason,
                lane.epoch(i),
                lane.seq(i),
                lane.seq(i));
        session.connection.commit();
        lane.toFlight(i, 0, core.nowNs);
        lane.cursor++;
        core.count(Counter.SKIPS);
        return true;
    }

    /** Hands an express message to a live session. The caller has checked that it is there. */
    void deliverExpress(Lane lane, Session session, Message m) {
        delivery.announcements.tellLane(lane, session);
        announceGap(lane, session, m);
        core.trace.note(Trace.Event.EXPRESS, m, lane.id, 0);
        delivery.announcements.tellKind(session, MessageHeader.kind(m.frame, 0));
        write(session, lane, m, false, 1);
        core.count(Counter.LIVE);
    }

    /** What is missing before an express message is counted and told to the recipient that has seen its predecessor. */
    private void announceGap(Lane lane, Session session, Message m) {
        long missing = lane.expressEpoch == m.epoch ? m.seq - lane.expressSeq - 1 : 0;
        if (missing > 0) {
            lane.gapCount += missing;
            core.count(Counter.EXPRESS_GAPS, missing);
            FrameWriter.skip(
                    session.connection.reserve(Frames.SKIP_BYTES), lane.handle, 0, m.epoch, m.seq - missing, m.seq - 1);
            session.connection.commit();
        }
        lane.expressEpoch = m.epoch;
        lane.expressSeq = m.seq;
    }

    /** True when an express message can be handed over now. */
    boolean canTakeExpress(Session session) {
        return session.hasCredit
                && !session.owner().isPaused()
                && session.connection.pendingBytes() <= MAX_PENDING_BYTES;
    }

    /** A batch is committed: retries recorded by it may go. */
    void onCommitted(long no) {
        committedNo = no;
        List<Lane> waiting = awaitingCommit;
        awaitingCommit = spareList;
        spareList = waiting;
        for (int i = 0; i < waiting.size(); i++) {
            waiting.get(i).isAwaitingCommit = false;
            pump(waiting.get(i));
        }
        waiting.clear();
    }

    /** The row of an agent is committed: deliveries may begin. */
    void onAgentCommitted(Agent agent, long epoch) {
        boolean wasReady = agent.isReady();
        agent.durableEpoch = Math.max(agent.durableEpoch, epoch);
        agent.isDurable = true;
        if (!wasReady && agent.isReady()) {
            pumpAll(agent);
        }
    }

    /** Sessions whose peer reads again go on. */
    void resumeStalled() {
        for (int i = stalled.size() - 1; i >= 0; i--) {
            Session session = stalled.get(i);
            boolean gone = !session.isOpen();
            if (gone || session.connection.pendingBytes() < MAX_PENDING_BYTES / 2) {
                stalled.remove(i);
                session.isStalled = false;
                if (!gone) {
                    pumpAll(session.owner());
                }
            }
        }
    }

    void awaitCommit(Lane lane) {
        if (!lane.isAwaitingCommit) {
            lane.isAwaitingCommit = true;
            awaitingCommit.add(lane);
        }
    }

    boolean hasStalled() {
        return !stalled.isEmpty();
    }
}
