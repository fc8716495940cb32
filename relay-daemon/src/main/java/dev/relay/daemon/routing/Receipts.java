package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.MessageQueue;
import dev.relay.daemon.flow.Outcome;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Decides when a sender may be told that its message is safe, and tells it (rule R7).
 *
 * <p>Safe is what a commit carries, or what every recipient has acked, whichever is first. An ack counts only (a) when it is the last one owed, (b)
 * when the message asked for no disk, and (c) when all that its recipient sent before, in its own byte stream, is safe. Rule (c) is why "done", told to
 * anybody, implies that all it caused is safe; it is kept by one queue per agent of what it sent and is not safe, and one of what it acked behind that.
 * Two agents that answer each other wait in a circle: a request for its reply, the reply for the request. When both are acked and nothing else is in the way, both are safe, as all that either has
 * caused was handled. Larger circles are ended by the next commit, which carries them.
 *
 * <p>Core thread only. Receipts are cumulative per stream and leave at the end of each read batch; those that nobody waits for, of requests and replies, leave with the next
 * output of their connection, or after {@value #LAZY_US} µs, and so do results of requests that were acked: their callers wait for the reply. At most {@value #MAX_LAZY} streams and as
 * many results wait so.
 * Those of a sender that is ahead of its recipient may wait in {@link PacedReceipts}.
 */
final class Receipts {
    static final int NEEDS_DISK = Flags.APP_ID | Flags.REQUIRE_DISK | Flags.JOURNAL;

    private static final long LAZY_US = 1_000;
    private static final int MAX_LAZY = 32;

    private final Core core;
    private final ArrayDeque<Agent> progressed = new ArrayDeque<>();
    private final List<Stream> lazy = new ArrayList<>();
    private final LazyResults lazyResults = new LazyResults(MAX_LAZY);
    private long lazyUntilNs = Long.MAX_VALUE;
    private final PacedReceipts paced;

    Receipts(Core core) {
        this.core = core;
        this.paced = new PacedReceipts(core, this::tellSent);
    }

    /** A message was accepted: everybody who waits for its sender's word waits for it too. */
    void onAccepted(Agent sender, Message m) {
        core.pool.retain(m);
        sender.unsafe.add(m, ++sender.sendOrdinal);
    }

    /** One durable recipient finished it. {@code pending} is already lowered. */
    void onAcked(Message m, Agent recipient) {
        if (!recipient.unsafe.isEmpty()) {
            m.deferred++;
            core.pool.retain(m);
            recipient.deferredAcks.add(m, recipient.sendOrdinal);
            if (isCircle(m, recipient)) {
                endCircle(m, recipient);
                return;
            }
            core.isCommitUrgent |= m.has(Flags.WANT_RESULT) && !m.has(Flags.REQUEST);
        }
        settle(m);
    }

    /** Its recipient sent only one message before that is not safe; that one is acked, and waits for this one alone (or is this one, sent to oneself). */
    private static boolean isCircle(Message m, Agent recipient) {
        Agent origin = m.origin;
        if (origin == null || recipient.unsafe.size() != 1 || recipient.deferredAcks.size() != 1) {
            return false;
        }
        MessageQueue deferred = origin.deferredAcks;
        MessageQueue unsafe = origin.unsafe;
        Message other = recipient.unsafe.get(0);
        return waitsForOneAck(m)
                && waitsForOneAck(other)
                && !deferred.isEmpty()
                && deferred.get(0) == other
                && !unsafe.isEmpty()
                && unsafe.get(0) == m
                && (unsafe.size() == 1 || unsafe.number(1) > deferred.number(0));
    }

    private static boolean waitsForOneAck(Message m) {
        return m.pending == 0 && m.deferred == 1 && !m.isSafe && !m.has(NEEDS_DISK);
    }

    private void endCircle(Message m, Agent recipient) {
        Message other = recipient.unsafe.get(0);
        Agent origin = Objects.requireNonNull(m.origin);
        core.count(Counter.CIRCLES_ENDED);
        undefer(recipient.deferredAcks.poll());
        if (other != m) {
            undefer(origin.deferredAcks.poll());
            settle(other);
        }
        settle(m);
    }

    private void undefer(Message m) {
        m.deferred--;
        core.pool.release(m);
    }

    /** The outcome for one recipient is durable without an ack. */
    void onDead(Message m, int reason, int attempts) {
        m.deadReason = reason;
        m.attempts = attempts;
        settle(m);
    }

    /** The batch that carried it is committed: as a frame, or as finished or dead in every lane. */
    void onCommitted(Message m) {
        if (!m.isSafe) {
            safe(m, Frames.BY_DISK);
        }
        settle(m);
    }

    void settle(Message m) {
        if (m.isSettled || m.pending > 0 || m.deferred > 0 || (!m.isSafe && m.has(NEEDS_DISK))) {
            return;
        }
        m.isSettled = true;
        if (!m.isSafe) {
            safe(m, Frames.BY_ACK);
        }
        if (m.outcome != null) {
            resolve(m.outcome, m.deadReason, m.attempts);
        } else if (m.has(Flags.WANT_RESULT)) {
            tellResult(m);
        }
    }

    private void safe(Message m, int by) {
        m.isSafe = true;
        m.by = by;
        core.count(by == Frames.BY_ACK ? Counter.SAFE_BY_ACK : Counter.SAFE_BY_DISK);
        core.unsafeUnsaved--;
        if (m.stream != null) {
            core.dirtyReceipt(m.stream);
        }
        Agent origin = m.origin;
        if (origin != null && !origin.isQueuedForSafety) {
            origin.isQueuedForSafety = true;
            progressed.add(origin);
        }
    }

    /** Tells the outcome if the sender is there under the same epoch; else it asks again when it returns. */
    void tellResult(Message m) {
        Stream stream = m.stream;
        if (stream != null && stream.session != null && stream.epoch == m.epoch) {
            if (m.has(Flags.REQUEST) && m.deadReason == 0 && lazyResults.offer(stream, m.epoch, m.seq, m.attempts)) {
                armLazy();
                return;
            }
            int outcome = m.deadReason == 0 ? Frames.ACKED : Frames.DEAD;
            result(stream.session, stream, outcome, m.deadReason, Math.max(1, m.attempts), m.seq);
        }
    }

    /** One of the parts of an outcome is known; the last one tells it. */
    void resolve(Outcome outcome, int reason, int attempts) {
        outcome.reason = reason == 0 ? outcome.reason : reason;
        outcome.attempts = Math.max(outcome.attempts, attempts);
        Stream stream = outcome.stream;
        if (--outcome.open == 0 && stream.session != null && stream.epoch == outcome.epoch) {
            int word = outcome.reason == 0 ? Frames.ACKED : Frames.DEAD;
            result(stream.session, stream, word, outcome.reason, outcome.attempts, outcome.seq);
        }
    }

    void result(Session session, Stream stream, int outcome, int reason, int attempts, long seq) {
        FrameWriter.result(
                session.connection.reserve(Frames.RESULT_BYTES),
                stream.handle,
                outcome,
                reason,
                attempts,
                stream.epoch,
                seq);
        session.connection.commit();
    }

    /** Follows what became safe to the acks that waited for it, then writes the receipts, without those that can wait. */
    void flushDue() {
        follow();
        for (int i = 0; i < core.dirtyReceipts.size(); i++) {
            Stream stream = core.dirtyReceipts.get(i);
            if (canWait(stream)) {
                keepForOutput(stream);
            } else if (!paced.offer(stream)) {
                tellSent(stream);
            }
        }
        core.dirtyReceipts.clear();
        paced.tellDue();
        if (lazyUntilNs != Long.MAX_VALUE) {
            tellLazy(core.nowNs - lazyUntilNs >= 0);
        }
    }

    /** Writes all receipts that there are. */
    void flush() {
        follow();
        tellLazy(true);
        paced.tellAll();
        for (int i = 0; i < core.dirtyReceipts.size(); i++) {
            tellSent(core.dirtyReceipts.get(i));
        }
        core.dirtyReceipts.clear();
    }

    /** When receipts that wait have to leave, as a time of the clock. */
    long nextDeadlineNs() {
        return Math.min(lazyUntilNs, paced.nextDeadlineNs());
    }

    /** A caller of a request waits for its reply, and nobody for the receipt of a reply. */
    private boolean canWait(Stream stream) {
        return stream.session != null
                && !stream.isReceiptAsked
                && lazy.size() < MAX_LAZY
                && !stream.unreceipted.isEmpty()
                && (stream.streamClass == LaneClass.REPLY
                        || stream.unreceipted.get(0).has(Flags.REQUEST))
                && !stream.session.connection.hasOutput();
    }

    private void keepForOutput(Stream stream) {
        lazy.add(stream);
        armLazy();
    }

    private void armLazy() {
        if (lazyUntilNs == Long.MAX_VALUE) {
            lazyUntilNs = core.nowNs + TimeUnit.MICROSECONDS.toNanos(LAZY_US);
        }
    }

    private void tellLazy(boolean isDue) {
        for (int i = lazy.size() - 1; i >= 0; i--) {
            Stream stream = lazy.get(i);
            if (isDue || stream.isReceiptAsked || stream.session == null || stream.session.connection.hasOutput()) {
                lazy.remove(i);
                tellSent(stream);
            }
        }
        for (int i = lazyResults.size() - 1; i >= 0; i--) {
            tellLazyResult(i, isDue);
        }
        lazyUntilNs = lazy.isEmpty() && lazyResults.size() == 0 ? Long.MAX_VALUE : lazyUntilNs;
    }

    /** To a sender that is gone it is not told: it asks again when it returns. */
    private void tellLazyResult(int i, boolean isDue) {
        Stream stream = lazyResults.stream(i);
        Session session = stream.session;
        boolean isGone = session == null || stream.epoch != lazyResults.epoch(i);
        if (session != null && !isGone && (isDue || session.connection.hasOutput())) {
            result(session, stream, Frames.ACKED, 0, lazyResults.attempts(i), lazyResults.seq(i));
            lazyResults.remove(i);
        } else if (isGone) {
            lazyResults.remove(i);
        }
    }

    private void follow() {
        for (Agent agent = progressed.poll(); agent != null; agent = progressed.poll()) {
            agent.isQueuedForSafety = false;
            popSafe(agent);
        }
    }

    private void popSafe(Agent agent) {
        MessageQueue unsafe = agent.unsafe;
        while (!unsafe.isEmpty() && unsafe.get(0).isSafe) {
            core.pool.release(unsafe.poll());
        }
        long safeOrdinal = unsafe.isEmpty() ? Long.MAX_VALUE : unsafe.number(0) - 1;
        MessageQueue deferred = agent.deferredAcks;
        while (!deferred.isEmpty() && deferred.number(0) <= safeOrdinal) {
            Message m = deferred.poll();
            m.deferred--;
            settle(m);
            core.pool.release(m);
        }
    }

    /** What is asked again comes first: one SENT speaks for all below it that the sender has no word of, and what is newly safe may be so by another way. */
    private void tellSent(Stream stream) {
        stream.isReceiptDirty = false;
        if (stream.isReceiptAsked && stream.safeTo > 0) {
            again(stream);
        }
        stream.isReceiptAsked = false;
        while (!stream.unreceipted.isEmpty() && stream.unreceipted.get(0).isSafe) {
            int by = stream.unreceipted.get(0).by;
            while (!stream.unreceipted.isEmpty()
                    && stream.unreceipted.get(0).isSafe
                    && stream.unreceipted.get(0).by == by) {
                stream.safeTo++;
                core.receipted(stream.unreceipted.poll());
            }
            sent(stream, by);
        }
    }

    /** What lies above the committed mark can only be safe by its acks. */
    private void again(Stream stream) {
        long committed = stream.committedEpoch == stream.epoch ? Math.min(stream.committedMark, stream.safeTo) : 0;
        if (committed > 0) {
            sent(stream, Frames.BY_DISK, committed);
        }
        if (committed < stream.safeTo) {
            sent(stream, Frames.BY_ACK, stream.safeTo);
        }
    }

    private void sent(Stream stream, int by) {
        sent(stream, by, stream.safeTo);
    }

    private void sent(Stream stream, int by, long upto) {
        Session session = stream.session;
        if (session != null) {
            FrameWriter.sent(session.connection.reserve(Frames.SENT_BYTES), by, stream.handle, stream.epoch, upto);
            session.connection.commit();
        }
    }
}
