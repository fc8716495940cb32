package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Messages that are only in the store: counted when they overflow a lane's ring or were recovered, read back by page in order when there is room. At most one page
 * of {@value #PAGE_MESSAGES} messages per lane is under way. Core thread only; keeps nothing of its own.
 */
final class Spill {
    private static final int PAGE_MESSAGES = 1_000;
    private static final int PAGE_BYTES = 4 << 20;

    private final Core core;
    private final Delivery delivery;
    private final Receipts receipts;
    private final Results results;

    Spill(Core core, Delivery delivery, Receipts receipts, Results results) {
        this.core = core;
        this.delivery = delivery;
        this.receipts = receipts;
        this.results = results;
    }

    void readBack(Lane lane) {
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
        lane.hasFinishedUnread |=
                Lane.compare(lane.durableEpoch, lane.durableSeq, lane.tailEpoch(), lane.tailSeq()) > 0;
        if (page.isEmpty() && lane.spilled > lane.spilledUnsaved) {
            finishedUnread(lane);
        }
        for (StoredFrame stored : page) {
            appendSkips(lane, stored.epoch(), stored.seq());
            appendStored(lane, stored);
        }
        if (lane.spilled == 0) {
            appendSkips(lane, Long.MAX_VALUE, Long.MAX_VALUE);
        }
        if (!lane.outcomes.isEmpty()) {
            results.onDurable(lane);
        }
        lane.advance();
        core.dirty(lane);
        delivery.pump.pump(lane);
        delivery.announcements.pressure(lane);
    }

    /**
     * A recipient that is ahead (R4) has finished what was never read back, and that floor is committed: the store does not give it out any more, and drops its segments by itself. What it held in
     * the mailbox is free; its bytes once nothing else is in the spill.
     */
    private void finishedUnread(Lane lane) {
        if (!lane.hasFinishedUnread) {
            throw new IllegalStateException("stored messages are missing: lane=" + lane.id + " count=" + lane.spilled);
        }
        lane.hasFinishedUnread = false;
        core.count(Counter.FINISHED_UNREAD, lane.spilled - lane.spilledUnsaved);
        lane.recipient.mailbox.add(lane.spilledUnsaved - lane.spilled, 0);
        lane.spilled = lane.spilledUnsaved;
        if (lane.spilled == 0) {
            long bytes = lane.queuedBytes;
            for (int i = 0; i < lane.size(); i++) {
                bytes -= lane.hasMessage(i) ? lane.message(i).length : 0;
            }
            lane.queuedBytes -= bytes;
            lane.recipient.mailbox.add(0, -bytes);
        }
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

    /** A position above the ring died in the store. It is skipped when its turn comes. */
    void leaveHole(Lane lane, long epoch, long seq) {
        lane.oweSkip(epoch, seq);
        if (lane.spilled == 0) {
            appendSkips(lane, Long.MAX_VALUE, Long.MAX_VALUE);
            lane.advance();
        }
        core.dirty(lane);
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
        results.onReadBack(lane, m);
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
        markFailed(lane, i);
        if (lane.isAtOrBelowFloor(stored.epoch(), stored.seq())) {
            delivery.acks.finish(lane, i);
        } else if (stored.frame() == null) {
            delivery.retries.kill(lane, i, DeadLetterReason.CORRUPT);
        }
    }

    /** A dead letter's message takes its old place in the ring. */
    void revive(Lane lane, DeadLetterRow row) {
        int i = lane.find(row.epoch(), row.seq());
        byte[] bytes = java.util.Objects.requireNonNull(row.frame());
        if (i < 0 || lane.hasMessage(i)) {
            throw new IllegalStateException("no hole to fill: lane=" + lane.id + " seq=" + row.seq());
        }
        ByteBuffer b = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Message m = core.pool.copy(b, 0, bytes.length);
        m.stream = lane.stream;
        m.epoch = row.epoch();
        m.seq = row.seq();
        m.flags = MessageHeader.flags(b, 0) & ~Flags.WANT_RESULT;
        m.isSafe = true;
        m.pending = 1;
        lane.queuedBytes += m.length;
        lane.recipient.mailbox.add(1, m.length);
        lane.revive(i, m);
        markFailed(lane, i);
    }

    /** What was tried before a restart goes on where its schedule was. */
    private static void markFailed(Lane lane, int i) {
        if (lane.failure(lane.epoch(i), lane.seq(i)) != null) {
            lane.markFailed(i);
        }
    }

    Message restored(Lane lane, StoredFrame stored) {
        byte[] bytes = stored.frame() == null ? blank(stored) : stored.frame();
        ByteBuffer b = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Message m = core.pool.copy(b, 0, bytes.length);
        m.stream = lane.stream;
        m.epoch = stored.epoch();
        m.seq = stored.seq();
        m.flags = MessageHeader.flags(b, 0);
        if (lane.laneClass == LaneClass.TOPIC) {
            m.flags &= ~Flags.WANT_RESULT;
        } else if (stored.frame() == null) {
            m.flags |= Flags.WANT_RESULT; // who asked for the outcome is damaged too: an answer too many does no harm
        }
        m.isSafe = true;
        m.pending = 1;
        m.segment = stored.segment();
        m.expiresAtNs = expiry(stored);
        m.isForbidden = Message.isForbidden(b);
        return m;
    }

    /**
     * When a stored message is too old (I32). Within one boot of the machine the monotonic clock goes on over restarts of the daemon, and alone decides. Over a reboot
     * the earlier of the wall deadline and the time that was left at the cut counts; the wall clock is read once, at start. 0 for never.
     */
    long expiry(StoredFrame stored) {
        if (stored.frame() == null) {
            return 0;
        }
        ByteBuffer b = ByteBuffer.wrap(stored.frame()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        long ttlMs = MessageHeader.ttlMs(b, 0);
        if (ttlMs == 0) {
            return 0;
        }
        if (stored.bootNo() >= core.recovered.kept().osBootFirst()) {
            return b.getLong(Message.EXPIRY_AT);
        }
        long wallLeftMs = stored.wallMs() + ttlMs - core.startedWallMs;
        long leftMs = Math.max(0, Math.min(ttlMs, wallLeftMs));
        return core.startedNs + TimeUnit.MILLISECONDS.toNanos(leftMs);
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
        delivery.acks.finishDurable(lane, m);
        receipts.onAcked(m, lane.recipient.actor());
    }

    /** What lies above the ring's tail was spilled; now it can be read back. */
    void onSpillCommitted(Lane lane) {
        lane.spilledUnsaved--;
        readBackSoon(lane);
    }

    static boolean isSpilled(Lane lane, Message m) {
        return Lane.compare(m.epoch, m.seq, lane.tailEpoch(), lane.tailSeq()) > 0;
    }

    private void readBackSoon(Lane lane) {
        if (lane.size() <= core.config.lowWatermark() && lane.recipient.session != null && !lane.isReading) {
            delivery.pump.awaitCommit(lane);
        }
    }
}
