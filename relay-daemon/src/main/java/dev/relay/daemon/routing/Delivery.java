package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.RetrySchedule;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Moves messages through lanes: enqueues or spills, delivers within the credit, takes acks and nacks, lets die what must, reads back what was spilled.
 *
 * <p>{@link #pump} is the only place that writes DELIVER and SKIP. It walks from the lane's cursor while there is credit and stops at whatever must come
 * first: a retry that is not due or not yet recorded, a dead letter that is not yet committed. So each lane blocks only itself. Core thread only.
 */
final class Delivery {
    private static final long MAX_PENDING_BYTES = 8 << 20;
    private static final int PAGE_MESSAGES = 1_000;
    private static final int PAGE_BYTES = 4 << 20;
    private static final int POISON_CRASHES = 6;

    private final Core core;
    private final Receipts receipts;
    private final DeadLetters deadLetters;
    private final Segments segments;
    final Timers timers = new Timers();
    private final List<Session> stalled = new ArrayList<>();
    /** Lanes whose head waits for the next commit. */
    private List<Lane> awaitingCommit = new ArrayList<>();

    private long committedNo;

    Delivery(Core core, Receipts receipts, DeadLetters deadLetters, Segments segments) {
        this.core = core;
        this.receipts = receipts;
        this.deadLetters = deadLetters;
        this.segments = segments;
        this.committedNo = core.next.no - 1;
    }

    /** Puts an accepted message into a lane. */
    void enqueue(Lane lane, Message m, boolean live) {
        if (live) {
            enqueueLive(lane, m);
            return;
        }
        m.pending++;
        if (lane.isAtOrBelowFloor(m.epoch, m.seq)) {
            m.pending--;
            receipts.onAcked(m, lane.recipient);
            return;
        }
        m.lanes.add(lane);
        lane.queuedBytes += m.length;
        lane.recipient.mailboxMessages++;
        lane.recipient.mailboxBytes += m.length;
        if (lane.spilled > 0 || lane.size() >= core.config.memoryMessages()) {
            lane.spilled++;
            lane.spilledUnsaved++;
            core.count(Counter.SPILLED);
        } else {
            core.pool.retain(m);
            lane.append(m, m.epoch, m.seq, Lane.QUEUED, false, m.has(Flags.RESENT));
            pump(lane);
        }
        pressure(lane);
    }

    private void enqueueLive(Lane lane, Message m) {
        if (lane.spilled > 0 || lane.size() >= core.config.memoryMessages() || lane.recipient.session == null) {
            core.count(Counter.LIVE_DROPPED);
            return;
        }
        core.pool.retain(m);
        lane.queuedBytes += m.length;
        lane.append(m, m.epoch, m.seq, Lane.QUEUED, true, m.has(Flags.RESENT));
        pump(lane);
    }

    /** Delivers what the lane's credit and state allow. */
    void pump(Lane lane) {
        Session session = lane.recipient.session;
        if (session == null || !session.hasCredit || !lane.recipient.isDurable) {
            expireOffline(lane);
            return;
        }
        while (lane.cursor < lane.size() && step(lane, session)) {}
        readBack(lane);
    }

    /** Handles the entry at the cursor; false stops the walk. */
    private boolean step(Lane lane, Session session) {
        int i = lane.cursor;
        return switch (lane.state(i)) {
            case Lane.QUEUED ->
                mayStart(lane, i) && mayFly(lane, session, lane.message(i).length) && deliver(lane, session, i);
            case Lane.SKIP -> mayFly(lane, session, 0) && skip(lane, session, i);
            case Lane.DYING -> false;
            default -> {
                lane.cursor++;
                yield true;
            }
        };
    }

    private boolean mayStart(Lane lane, int i) {
        long now = core.clock.nanoTime();
        Message m = lane.message(i);
        if (m.expiresAtNs != 0 && now - m.expiresAtNs >= 0) {
            core.count(Counter.EXPIRED);
            kill(lane, i, DeadLetterReason.EXPIRED);
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
            kill(lane, i, DeadLetterReason.MAX_ATTEMPTS);
            return false;
        }
        if (f.batchNo > committedNo) {
            awaitingCommit.add(lane);
            return false;
        }
        return true;
    }

    private boolean mayFly(Lane lane, Session session, int bytes) {
        int messages = Math.min(
                lane.creditMessages >= 0 ? lane.creditMessages : session.creditMessages, Limits.LANE_WINDOW_MESSAGES);
        long limit = lane.creditMessages >= 0 ? lane.creditBytes : session.creditBytes;
        if (lane.isOnProbation) {
            messages = Math.min(1, messages);
        }
        if (lane.inFlight >= messages || (lane.inFlight > 0 && lane.inFlightBytes + bytes > limit)) {
            return false;
        }
        if (lane.recipient.abnormalEnds >= 2 && inFlight(lane.recipient) > 0) {
            return false;
        }
        if (session.connection.pendingBytes() > MAX_PENDING_BYTES) {
            stall(session);
            return false;
        }
        return true;
    }

    private void stall(Session session) {
        if (!session.isStalled) {
            session.isStalled = true;
            stalled.add(session);
        }
    }

    private static int inFlight(Agent agent) {
        int n = 0;
        for (Lane lane : agent.lanes.values()) {
            n += lane.inFlight;
        }
        return n;
    }

    private boolean deliver(Lane lane, Session session, int i) {
        Message m = lane.message(i);
        Failure f = lane.isFailed(i) ? lane.failure(m.epoch, m.seq) : null;
        tellLane(lane, session);
        int kind = MessageHeader.kind(m.frame, 0);
        tellKind(session, kind);
        boolean again = lane.wasDelivered(i);
        write(session, lane, m, again, f == null ? 1 : f.failures + 1);
        lane.toFlight(i, m.length);
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
        }
        out.position(at + m.length);
        session.connection.commit();
    }

    private boolean skip(Lane lane, Session session, int i) {
        tellLane(lane, session);
        int reason = deadLetters.reasonOfSkip(lane.id, lane.epoch(i), lane.seq(i));
        FrameWriter.skip(
                session.connection.reserve(Frames.SKIP_BYTES),
                lane.handle,
                reason,
                lane.epoch(i),
                lane.seq(i),
                lane.seq(i));
        session.connection.commit();
        lane.toFlight(i, 0);
        lane.cursor++;
        core.count(Counter.SKIPS);
        return true;
    }

    /** Announces the lane once per connection. */
    void tellLane(Lane lane, Session session) {
        if (lane.handle != 0) {
            return;
        }
        session.lanes.add(lane);
        lane.handle = session.lanes.size();
        core.control(
                session,
                FrameType.LANE,
                Map.of(
                        "lane", (long) lane.handle,
                        "sender", lane.sender.name,
                        "class", LaneClass.nameOf(lane.laneClass),
                        "epoch", lane.floorEpoch,
                        "floor", lane.floorSeq));
    }

    void tellKind(Session session, int kind) {
        if (kind != 0 && !session.kindsTold.get(kind)) {
            session.kindsTold.set(kind);
            core.control(session, FrameType.KIND, Map.of("handle", (long) kind, "kind", core.kindNames.get(kind)));
        }
    }

    /** Hands an express message to a live session. The caller has checked that it is there. */
    void deliverExpress(Lane lane, Session session, Message m) {
        tellLane(lane, session);
        tellKind(session, MessageHeader.kind(m.frame, 0));
        write(session, lane, m, false, 1);
        core.count(Counter.LIVE);
    }

    /** True when an express message can be handed over now. */
    boolean canTakeExpress(Session session) {
        return session.hasCredit && session.connection.pendingBytes() <= MAX_PENDING_BYTES;
    }

    private void expireOffline(Lane lane) {
        for (int i = 0; i < lane.size() && lane.state(i) != Lane.DYING; i++) {
            if (lane.state(i) == Lane.QUEUED) {
                Message m = lane.message(i);
                if (m.expiresAtNs == 0) {
                    return;
                }
                if (core.clock.nanoTime() - m.expiresAtNs < 0) {
                    timers.schedule(lane, m.expiresAtNs);
                    return;
                }
                core.count(Counter.EXPIRED);
                kill(lane, i, DeadLetterReason.EXPIRED);
            }
        }
    }

    /** ACK: everything at or below the floor, and the positions of the bits. */
    void onAck(Session session, Lane lane, long epoch, long floor, long bits) {
        ackUpTo(lane, epoch, floor);
        for (long left = bits; left != 0; left &= left - 1) {
            ackOne(lane, epoch, floor + 1 + Long.numberOfTrailingZeros(left));
        }
        afterAck(lane);
        if (Lane.compare(epoch, floor, lane.durableEpoch, lane.durableSeq) <= 0) {
            tellAckOk(lane);
        }
    }

    void ackUpTo(Lane lane, long epoch, long floor) {
        if (!lane.isAcked(epoch, floor)) {
            lane.ackedEpoch = epoch;
            lane.ackedSeq = floor;
        }
        for (int i = 0; i < lane.size(); i++) {
            if (Lane.compare(lane.epoch(i), lane.seq(i), epoch, floor) > 0) {
                break;
            }
            finish(lane, i);
        }
        lane.advance();
        lane.raiseFloor(epoch, floor);
        core.dirty(lane);
    }

    /** Finishes one position; false when it is not in the session's window. */
    boolean ackOne(Lane lane, long epoch, long seq) {
        int i = lane.find(epoch, seq);
        if (i < 0 || !(lane.state(i) == Lane.FLIGHT || (lane.state(i) == Lane.QUEUED && lane.wasDelivered(i)))) {
            return false;
        }
        finish(lane, i);
        lane.advance();
        core.dirty(lane);
        return true;
    }

    void afterAck(Lane lane) {
        boolean wasGuarded = lane.recipient.abnormalEnds > 0 || lane.isOnProbation;
        lane.recipient.abnormalEnds = 0;
        lane.isOnProbation = false;
        pump(lane);
        if (wasGuarded) {
            lane.recipient.lanesCopy().forEach(this::pump);
        }
        pressure(lane);
    }

    private void finish(Lane lane, int i) {
        int state = lane.state(i);
        if (state == Lane.DONE || state == Lane.DYING) {
            return;
        }
        boolean live = lane.isLive(i);
        lane.leave(i, Lane.DONE);
        Message m = lane.takeMessage(i);
        if (m == null) {
            deadLetters.skipAcked(lane.id, lane.epoch(i), lane.seq(i));
            return;
        }
        forget(lane, i);
        lane.queuedBytes -= m.length;
        core.count(Counter.ACKED);
        if (!live) {
            finishDurable(lane, m);
            receipts.onAcked(m, lane.recipient);
        }
        core.pool.release(m);
    }

    private void finishDurable(Lane lane, Message m) {
        m.pending--;
        lane.recipient.mailboxMessages--;
        lane.recipient.mailboxBytes -= m.length;
        if (m.segment > 0) {
            segments.release(m.segment);
        }
    }

    private static void forget(Lane lane, int i) {
        if (lane.isFailed(i)) {
            Failure f = lane.failure(lane.epoch(i), lane.seq(i));
            if (f != null) {
                lane.failures.remove(f);
            }
        }
    }

    void onNack(Lane lane, long epoch, long seq, int nackClass, long delayMs, String error) {
        int i = lane.find(epoch, seq);
        if (i < 0 || lane.state(i) != Lane.FLIGHT) {
            core.count(Counter.STALE_NACKS);
            return;
        }
        core.count(Counter.NACKED);
        core.count(Counter.REWINDS);
        lane.recipient.abnormalEnds = 0;
        lane.isOnProbation = false;
        Failure f = failed(lane, i);
        f.failures++;
        f.error = error;
        lane.rewindTo(i);
        if (nackClass == Frames.NACK_REFUSED) {
            kill(lane, i, DeadLetterReason.REFUSED_BY_HANDLER);
        } else if (nackClass == Frames.NACK_NO_HANDLER) {
            kill(lane, i, DeadLetterReason.NO_HANDLER);
        } else {
            retry(lane, i, f, delayMs);
        }
    }

    private Failure failed(Lane lane, int i) {
        Failure f = lane.failure(lane.epoch(i), lane.seq(i));
        if (f == null) {
            f = new Failure(lane.epoch(i), lane.seq(i));
            f.firstFailureNs = core.clock.nanoTime();
            f.dueNs = f.firstFailureNs;
            f.firstAtMs = core.clock.wallMs();
            lane.failures.add(f);
            lane.markFailed(i);
        }
        return f;
    }

    private void retry(Lane lane, int i, Failure f, long delayMs) {
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(core.clock.nanoTime() - f.firstFailureNs);
        long offsetMs = RetrySchedule.nextOffsetMs(f.failures, elapsedMs, delayMs);
        if (offsetMs == RetrySchedule.DEAD) {
            kill(lane, i, DeadLetterReason.MAX_ATTEMPTS);
            return;
        }
        f.diesWhenDue = RetrySchedule.isPastBudget(offsetMs);
        f.dueNs = f.firstFailureNs + TimeUnit.MILLISECONDS.toNanos(f.diesWhenDue ? Limits.RETRY_BUDGET_MS : offsetMs);
        record(lane, f);
        pump(lane);
    }

    private void record(Lane lane, Failure f) {
        f.batchNo = core.next.no;
        long dueOffsetMs = TimeUnit.NANOSECONDS.toMillis(f.dueNs - f.firstFailureNs);
        core.next.attempts.add(new Recovered.AttemptRow(
                lane.id, f.epoch, f.seq, f.failures, f.crashes, dueOffsetMs, f.firstAtMs, f.error));
    }

    /** The message dies here: its dead letter goes into the next batch; SKIP and RESULT follow the commit. */
    void kill(Lane lane, int i, DeadLetterReason reason) {
        Message m = lane.message(i);
        Failure f = lane.failure(m.epoch, m.seq);
        lane.leave(i, Lane.DYING);
        m.deadReason = reason.number();
        m.attempts = f == null ? 0 : f.failures;
        deadLetters.add(core.next, lane, m, reason, f, core.kindNames.get(MessageHeader.kind(m.frame, 0)));
        core.count(Counter.DEAD_LETTERED);
        core.dead[reason.number()]++;
        core.deadLetterCount++;
        lane.recipient.dead++;
        forget(lane, i);
    }

    /** A dead letter is committed: the position is skipped, the sender is told. */
    void onDeadCommitted(Lane lane, long epoch, long seq) {
        int i = lane.find(epoch, seq);
        if (i < 0 || lane.state(i) != Lane.DYING) {
            throw new IllegalStateException("dead letter without entry: lane=" + lane.id + " seq=" + seq);
        }
        boolean live = lane.isLive(i);
        Message m = lane.message(i);
        lane.takeMessage(i);
        lane.queuedBytes -= m.length;
        lane.state(i, lane.isAcked(epoch, seq) ? Lane.DONE : Lane.SKIP);
        if (!live) {
            finishDurable(lane, m);
            receipts.onDead(m, m.deadReason, m.attempts);
        }
        core.pool.release(m);
        lane.advance();
        core.dirty(lane);
        pump(lane);
    }

    /** A batch is committed: retries recorded by it may go. */
    void onCommitted(long no) {
        committedNo = no;
        List<Lane> waiting = awaitingCommit;
        awaitingCommit = new ArrayList<>();
        waiting.forEach(this::pump);
    }

    /** The row of an agent is committed: deliveries may begin. */
    void onAgentCommitted(Agent agent) {
        if (!agent.isDurable) {
            agent.isDurable = true;
            agent.lanesCopy().forEach(this::pump);
        }
    }

    void tellAckOk(Lane lane) {
        Session session = lane.recipient.session;
        if (session != null && lane.handle != 0) {
            FrameWriter.ackOk(
                    session.connection.reserve(Frames.ACK_OK_BYTES), lane.handle, lane.durableEpoch, lane.durableSeq);
            session.connection.commit();
        }
    }

    /** The session is gone: what it had in flight waits for the next one. */
    void onSessionEnd(Agent agent, boolean orderly) {
        agent.offlineSinceNs = core.clock.nanoTime();
        agent.suspectedPoison = null;
        agent.suspectedLane = null;
        int flying = orderly ? 0 : inFlight(agent);
        agent.endedWithFlight = flying > 0;
        for (Lane lane : agent.lanes.values()) {
            if (flying == 1 && lane.inFlight == 1) {
                suspectPoison(agent, lane);
            }
            endLane(lane);
        }
    }

    private void suspectPoison(Agent agent, Lane lane) {
        for (int i = 0; i < lane.cursor; i++) {
            if (lane.state(i) == Lane.FLIGHT && !lane.isLive(i)) {
                agent.suspectedLane = lane;
                agent.suspectedPoison = new Failure(lane.epoch(i), lane.seq(i));
            }
        }
    }

    private void endLane(Lane lane) {
        lane.rewindTo(0);
        lane.handle = 0;
        lane.creditMessages = -1;
        for (int i = 0; i < lane.size(); i++) {
            if (lane.isLive(i) && lane.hasMessage(i) && lane.state(i) != Lane.DYING) {
                Message m = lane.removeLive(i);
                if (m != null) {
                    lane.queuedBytes -= m.length;
                    core.pool.release(m);
                }
            }
        }
        lane.advance();
        core.dirty(lane);
        pump(lane);
    }

    /** A new session begins; {@code sameProcess} tells whether the agent survived the end of the last one. */
    void onSessionStart(Agent agent, boolean sameProcess) {
        long offlineNs = core.clock.nanoTime() - agent.offlineSinceNs;
        for (Lane lane : agent.lanes.values()) {
            for (Failure f : lane.failures) {
                f.firstFailureNs += offlineNs;
                f.dueNs += offlineNs;
            }
        }
        if (!sameProcess && agent.endedWithFlight) {
            agent.abnormalEnds++;
            agent.lanes.values().forEach(lane -> lane.isOnProbation = true);
            chargeCrash(agent);
        }
        agent.endedWithFlight = false;
        agent.suspectedPoison = null;
        agent.suspectedLane = null;
    }

    private void chargeCrash(Agent agent) {
        Lane lane = agent.suspectedLane;
        Failure suspect = agent.suspectedPoison;
        int i = lane == null || suspect == null ? -1 : lane.find(suspect.epoch, suspect.seq);
        if (lane == null || i < 0 || lane.state(i) != Lane.QUEUED) {
            return;
        }
        Failure f = failed(lane, i);
        f.crashes++;
        f.error = "the agent died with this message alone in flight";
        if (f.crashes >= POISON_CRASHES) {
            kill(lane, i, DeadLetterReason.POISON_CRASH);
        } else {
            record(lane, f);
        }
    }

    /** The first CREDIT: what HELLO said is finished counts now, and deliveries begin. */
    void onFirstCredit(Session session) {
        session.helloFloors.forEach((lane, position) -> {
            if (!lane.isAtOrBelowFloor(position[0], position[1])) {
                core.count(Counter.FLOORS_RAISED);
                ackUpTo(lane, position[0], position[1]);
            }
        });
        session.helloFloors.clear();
        session.owner().lanesCopy().forEach(this::pump);
    }

    /** PAUSED above the high watermark, RESUMED below the low one. */
    private void pressure(Lane lane) {
        int queued = lane.queued();
        if (!lane.isPaused && queued >= core.config.highWatermark()) {
            lane.isPaused = true;
            core.count(Counter.PAUSES);
            if (lane.stream.pausedLanes++ == 0) {
                tellPressure(lane.stream, true, queued);
            }
        } else if (lane.isPaused && queued <= core.config.lowWatermark()) {
            lane.isPaused = false;
            if (--lane.stream.pausedLanes == 0) {
                tellPressure(lane.stream, false, queued);
            }
        }
    }

    private static void tellPressure(Stream stream, boolean paused, int queued) {
        Session session = stream.session;
        if (session == null) {
            return;
        }
        ByteBuffer out = session.connection.reserve(Frames.PRESSURE_BYTES);
        if (paused) {
            FrameWriter.paused(out, stream.handle, queued);
        } else {
            FrameWriter.resumed(out, stream.handle, queued);
        }
        session.connection.commit();
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
                    session.owner().lanesCopy().forEach(this::pump);
                }
            }
        }
    }

    boolean hasStalled() {
        return !stalled.isEmpty();
    }

    private void readBack(Lane lane) {
        if (lane.isReading
                || lane.spilled - lane.spilledUnsaved <= 0
                || lane.size() > core.config.lowWatermark()
                || core.isShuttingDown) {
            return;
        }
        lane.isReading = true;
        core.store.readPage(
                lane.id, lane.tailEpoch(), lane.tailSeq(), PAGE_MESSAGES, PAGE_BYTES, page -> onPage(lane, page));
    }

    private void onPage(Lane lane, List<StoredFrame> page) {
        lane.isReading = false;
        if (page.isEmpty() && lane.spilled > lane.spilledUnsaved) {
            throw new IllegalStateException("stored messages are missing: lane=" + lane.id + " count=" + lane.spilled);
        }
        for (StoredFrame stored : page) {
            appendSkips(lane, stored.epoch(), stored.seq());
            appendStored(lane, stored);
        }
        if (lane.spilled == 0) {
            appendSkips(lane, Long.MAX_VALUE, Long.MAX_VALUE);
        }
        lane.advance();
        core.dirty(lane);
        pump(lane);
        pressure(lane);
    }

    /** Positions that were dead before a restart and whose SKIP is not acked. */
    void appendSkips(Lane lane, long epoch, long seq) {
        for (long[] p = lane.recoveredSkips.peek();
                p != null && Lane.compare(p[0], p[1], epoch, seq) <= 0;
                p = lane.recoveredSkips.peek()) {
            lane.recoveredSkips.poll();
            lane.append(null, p[0], p[1], lane.isAcked(p[0], p[1]) ? Lane.DONE : Lane.SKIP, false, true);
        }
    }

    private void appendStored(Lane lane, StoredFrame stored) {
        if (Lane.compare(stored.epoch(), stored.seq(), lane.tailEpoch(), lane.tailSeq()) <= 0) {
            return;
        }
        if (!lane.recoveredFinished.isEmpty()
                && lane.recoveredFinished.remove(new Lane.Position(stored.epoch(), stored.seq()))) {
            lane.append(null, stored.epoch(), stored.seq(), Lane.DONE, false, true);
            return;
        }
        Message m = restored(lane, stored);
        lane.spilled--;
        core.count(Counter.READ_BACK);
        lane.append(
                m,
                stored.epoch(),
                stored.seq(),
                Lane.QUEUED,
                false,
                stored.bootNo() < core.recovered.bootNo() || m.has(Flags.RESENT));
        int i = lane.size() - 1;
        if (lane.failure(stored.epoch(), stored.seq()) != null) {
            lane.markFailed(i);
        }
        if (lane.isAtOrBelowFloor(stored.epoch(), stored.seq())) {
            finish(lane, i);
        } else if (stored.frame() == null) {
            kill(lane, i, DeadLetterReason.CORRUPT);
        }
    }

    private Message restored(Lane lane, StoredFrame stored) {
        byte[] bytes = stored.frame() == null ? blank(stored) : stored.frame();
        ByteBuffer b = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Message m = core.pool.copy(b, 0, bytes.length);
        m.stream = lane.stream;
        m.epoch = stored.epoch();
        m.seq = stored.seq();
        m.flags = MessageHeader.flags(b, 0);
        if (lane.laneClass == LaneClass.TOPIC) {
            m.flags &= ~Flags.WANT_RESULT;
        }
        m.isSafe = true;
        m.pending = 1;
        m.segment = stored.segment();
        m.expiresAtNs = expiry(stored, MessageHeader.ttlMs(b, 0));
        return m;
    }

    /** The stored age limit is what was left at the cut; the wall clock counts only what passed over a restart (I32). */
    private long expiry(StoredFrame stored, long ttlMs) {
        if (ttlMs == 0) {
            return 0;
        }
        long passedMs = Math.max(0, core.clock.wallMs() - stored.wallMs());
        long left = Math.max(0, ttlMs - passedMs);
        return Math.max(1, core.clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(left));
    }

    private static byte[] blank(StoredFrame stored) {
        ByteBuffer b = ByteBuffer.allocate(MessageHeader.BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MessageHeader.BYTES);
        MessageHeader.type(b, 0, FrameType.DELIVER);
        MessageHeader.epoch(b, 0, stored.epoch());
        MessageHeader.seq(b, 0, stored.seq());
        return b.array();
    }

    /** A spilled message was finished by a raised floor before any batch carried it. */
    void finishSpilled(Lane lane, Message m) {
        lane.spilled--;
        lane.spilledUnsaved--;
        lane.queuedBytes -= m.length;
        finishDurable(lane, m);
        receipts.onAcked(m, lane.recipient);
    }

    /** What lies above the ring's tail was spilled; now it can be read back. */
    void onSpillCommitted(Lane lane, Message m) {
        if (isSpilled(lane, m)) {
            lane.spilledUnsaved--;
            readBackSoon(lane);
        }
    }

    static boolean isSpilled(Lane lane, Message m) {
        return Lane.compare(m.epoch, m.seq, lane.tailEpoch(), lane.tailSeq()) > 0;
    }

    private void readBackSoon(Lane lane) {
        if (lane.size() <= core.config.lowWatermark() && lane.recipient.session != null && !lane.isReading) {
            awaitingCommit.add(lane);
        }
    }

    /** The entry with this position, for a sender that asks again; null when it is not in memory. */
    static @Nullable Message unfinished(Lane lane, long epoch, long seq) {
        int i = lane.find(epoch, seq);
        return i >= 0 && lane.hasMessage(i) ? lane.message(i) : null;
    }
}
