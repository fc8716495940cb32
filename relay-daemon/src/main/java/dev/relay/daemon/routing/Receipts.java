package dev.relay.daemon.routing;

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

/**
 * Decides when a sender may be told that its message is safe, and tells it (rule R7).
 *
 * <p>Safe is what a commit carries, or what every recipient has acked, whichever is first. An ack counts only (a) when it is the last one owed, (b)
 * when the message asked for no disk, and (c) when all that its recipient sent before, in its own byte stream, is safe. Rule (c) is why "done", told to
 * anybody, implies that all it caused is safe; it is kept by one queue per agent of what it sent and is not safe, and one of what it acked behind that.
 * Two agents that answer each other can wait in a circle: the next commit carries both and ends it.
 *
 * <p>Core thread only. Receipts are cumulative per stream and leave at the end of each read batch.
 */
final class Receipts {
    static final int NEEDS_DISK = Flags.APP_ID | Flags.REQUIRE_DISK | Flags.JOURNAL;

    private final Core core;
    private final ArrayDeque<Agent> progressed = new ArrayDeque<>();

    Receipts(Core core) {
        this.core = core;
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
            core.isCommitUrgent |= m.has(Flags.WANT_RESULT) && !m.has(Flags.REQUEST);
        }
        settle(m);
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

    /** Follows what became safe to the acks that waited for it, then writes the receipts. */
    void flush() {
        for (Agent agent = progressed.poll(); agent != null; agent = progressed.poll()) {
            agent.isQueuedForSafety = false;
            popSafe(agent);
        }
        for (int i = 0; i < core.dirtyReceipts.size(); i++) {
            tellSent(core.dirtyReceipts.get(i));
        }
        core.dirtyReceipts.clear();
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
