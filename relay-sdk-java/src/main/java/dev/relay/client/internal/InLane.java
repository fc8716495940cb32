package dev.relay.client.internal;

import dev.relay.client.internal.Inbound.State;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What this agent sees of one sender and class, and by a work group of one partition under one epoch, by identity, so
 * that it outlives connections and daemons (rules R4, R5): its {@link Floor}, what waits for a handler, and what it owes the
 * daemon, its {@link LaneAcks}. One handler at a time runs per lane. After a failure the lane is held: nothing above the
 * failed position is kept or taken until that position comes again or is skipped (I11). Owned by {@link Inbox}; bounded by
 * the credit that the daemon got, which it never exceeds.
 */
final class InLane {
    final String sender;
    final MessageClass messageClass;
    /** The partition that it comes by, and under which epoch; null for what is sent to the agent itself. */
    final @Nullable Seat seat;
    /** The daemon's store that its positions belong to. */
    final String storeUuid;

    private final Inbox inbox;
    private final ArrayDeque<Inbound> queue = new ArrayDeque<>();
    final Floor floor = new Floor();
    private final LaneAcks acks = new LaneAcks(floor);
    /** The daemon's handle, valid on connection {@link #boundOn} only. */
    int handle;

    long boundOn;
    /** True while the inbox lists it among the lanes with something to run, or to ack. */
    boolean isReady;

    boolean isDirty;
    /** Its store was replaced, or its partition has another owner: nobody waits for anything of it any more. */
    boolean isForgotten;

    private @Nullable Inbound running;
    private @Nullable Inbound heldAt;
    /** Something may be in the list that this connection has not delivered, or that was dropped. */
    private boolean mayBePassed;

    InLane(String sender, MessageClass messageClass, @Nullable Seat seat, String storeUuid, Inbox inbox) {
        this.sender = sender;
        this.messageClass = messageClass;
        this.seat = seat;
        this.storeUuid = storeUuid;
        this.inbox = inbox;
    }

    /** 0 while the daemon has not named the lane on this connection. */
    int handleOn(long connection) {
        return boundOn == connection ? handle : 0;
    }

    int size() {
        return floor.above.size();
    }

    int queued() {
        return queue.size();
    }

    boolean canStart() {
        return running == null && !queue.isEmpty();
    }

    int nextPriority() {
        Inbound next = queue.peekFirst();
        return next == null ? 0 : next.priority;
    }

    // ---- from the wire

    /** LANE: whoever is ahead is right; a daemon that is behind gets our ack. */
    void bind(int newHandle, long connection, long daemonEpoch, long daemonFloor) {
        handle = newHandle;
        boundOn = connection;
        acks.forgetTold();
        if (floor.compare(daemonEpoch, daemonFloor) > 0) {
            raiseFloor(daemonEpoch, daemonFloor);
        } else if (floor.compare(daemonEpoch, daemonFloor) < 0) {
            acks.owe();
        }
        inbox.dirty(this);
    }

    private void oweAck() {
        acks.owe();
        inbox.dirty(this);
    }

    /** The application's own record of what is finished. */
    void restore(long epoch, long seq) {
        if (floor.compare(epoch, seq) > 0) {
            raiseFloor(epoch, seq);
        }
    }

    /**
     * The connection is gone: what has not started or has failed comes again, before anything above it; what runs or is finished stays. A failed
     * message that was only for a live subscription does not come again, therefore nothing may wait for it.
     */
    void disconnected() {
        boundOn = 0;
        acks.clearNacks();
        heldAt = null;
        dropAbove(null);
        mayBePassed = floor.above.size() > 0;
    }

    /** Its partition has another owner: what waits is dropped, and nobody waits for what runs. */
    void forget() {
        disconnected();
        isForgotten = true;
        for (Inbound e = floor.above.first(); e != null; e = e.after) {
            e.isGone = true;
            requestIsGone(e);
        }
    }

    /** The position's entry when it is to be filled and run; null when it is a duplicate or held back. */
    @Nullable
    Inbound deliver(long epoch, long seq, long connection) {
        if (floor.compare(epoch, seq) <= 0) {
            inbox.counters.duplicateCount++;
            oweAck();
            return null;
        }
        if (heldAt != null && heldAt.comparePosition(epoch, seq) < 0) {
            inbox.counters.heldBackCount++;
            return null;
        }
        passed(epoch, seq);
        Inbound below = floor.above.atOrBelow(epoch, seq);
        if (below != null && below.comparePosition(epoch, seq) == 0) {
            return again(below, connection);
        }
        Inbound fresh = new Inbound(this, epoch, seq);
        fresh.deliveredOn = connection;
        floor.above.insertAfter(below, fresh);
        if (messageClass == MessageClass.TOPIC && isPassedBy(fresh.after)) {
            inbox.counters.lateCount++;
            finish(fresh, inbox.lastOrdinal());
            return null;
        }
        return fresh;
    }

    /**
     * True when something behind it was started: then it was not for this agent when it was first published, only after a crash of the daemon and a subscription in between. No
     * subscription that was confirmed promises it, and it would break the order of the lane.
     */
    private static boolean isPassedBy(@Nullable Inbound next) {
        if (next == null || next.deliveredOn == 0) {
            return false; // the mark of a SKIP was never delivered
        }
        return next.state == State.RUNNING || next.state == State.OPEN || next.state == State.DONE;
    }

    private @Nullable Inbound again(Inbound known, long connection) {
        known.deliveredOn = connection;
        known.isGone = false;
        if (known.state == State.FAILED || known.state == State.DROPPED) {
            known.state = State.QUEUED;
            if (heldAt == known) {
                heldAt = null;
            }
            return known;
        }
        inbox.counters.duplicateCount++;
        if (known.reply != null && known.isReplyPending) {
            inbox.requestIsBack(known.reply);
        } else if (known.state == State.DONE) {
            oweAck();
        }
        return null;
    }

    /** The filled entry may run. */
    void enqueue(Inbound message) {
        Inbound newest = queue.peekLast();
        if (newest != null && newest.comparePosition(message.epoch, message.seq) > 0) {
            dropAbove(message);
        }
        queue.addLast(message);
        inbox.ready(this);
    }

    /** Positions that the daemon dead-lettered. */
    void skip(long epoch, long from, long to) {
        if (heldAt != null && heldAt.comparePosition(epoch, from) < 0) {
            inbox.counters.heldBackCount++;
            return;
        }
        passed(epoch, from);
        boolean hasEnd = false;
        for (Inbound e = floor.above.first(); e != null; e = e.after) {
            if (e.comparePosition(epoch, from) >= 0 && e.comparePosition(epoch, to) <= 0) {
                hasEnd |= e.seq == to;
                skipOne(e);
            }
        }
        if (!hasEnd && floor.compare(epoch, to) > 0) {
            Inbound mark = new Inbound(this, epoch, to);
            mark.state = State.DONE;
            floor.above.insertAfter(floor.above.atOrBelow(epoch, to), mark);
        }
        oweAck();
        inbox.ready(this);
    }

    private void skipOne(Inbound e) {
        if (e.state == State.QUEUED || e.state == State.FAILED || e.state == State.DROPPED) {
            queue.remove(e);
            acks.removeNack(e);
            if (heldAt == e) {
                heldAt = null;
            }
            e.state = State.DONE;
        } else {
            e.isGone = true; // its handler runs: nobody waits for what it says
            requestIsGone(e);
        }
    }

    /** Nobody takes its reply any more, unless that was written before: then it may have been accepted, and the daemon has the word. */
    private void requestIsGone(Inbound e) {
        if (e.reply != null && e.isReplyPending && e.reply.writeCount == 0) {
            inbox.requestIsGone(e.reply);
        }
    }

    // ---- handlers

    @Nullable
    Inbound start() {
        if (running != null) {
            return null;
        }
        Inbound next = queue.pollFirst();
        if (next != null) {
            next.state = State.RUNNING;
            running = next;
        }
        return next;
    }

    /** The handler has left; with {@code acked} it has said so too. */
    void returned(Inbound e, boolean acked) {
        release(e);
        e.isAcked |= acked;
        if (e.state == State.RUNNING) {
            e.state = State.OPEN;
        }
        settle(e);
    }

    /** An ack by hand, during or after the handler. */
    void acked(Inbound e) {
        e.isAcked = true;
        settle(e);
    }

    void replySettled(Inbound e) {
        e.isReplyPending = false;
        e.isAcked = true;
        settle(e);
    }

    private void settle(Inbound e) {
        if (e.state == State.OPEN && e.isAcked && !e.isReplyPending) {
            finish(e, inbox.lastOrdinal());
        }
    }

    /** A message that no handler runs for, such as a reply. */
    void finish(Inbound e, long doneAfter) {
        e.state = State.DONE;
        e.doneAfter = doneAfter;
        inbox.counters.ackedCount++;
        inbox.dirty(this);
    }

    /** The handler failed: the lane goes back to this position. */
    void failed(Inbound e, int nackClass, int delayMs, byte[] error, long connection) {
        release(e);
        if (e.state != State.RUNNING && e.state != State.OPEN) {
            return;
        }
        inbox.counters.nackedCount++;
        if (messageClass == MessageClass.EXPRESS || e.isGone) {
            finish(e, inbox.lastOrdinal()); // nobody would send it again
            return;
        }
        e.state = State.FAILED;
        e.isRecorded = false;
        if (e.deliveredOn != connection || handleOn(connection) == 0) {
            drop(e); // not delivered on a connection that stands: if the daemon still has it, it comes next
            return;
        }
        e.nackClass = nackClass;
        e.nackDelayMs = delayMs;
        e.nackError = error;
        e.doneAfter = inbox.lastOrdinal();
        dropAbove(e);
        if (heldAt == null || heldAt.comparePosition(e.epoch, e.seq) > 0) {
            heldAt = e;
        }
        acks.addNack(e);
        inbox.dirty(this);
    }

    private void release(Inbound e) {
        if (running == e) {
            running = null;
            inbox.ready(this);
        }
    }

    // ---- acks

    /** Writes what is due; false when the sink is full. */
    boolean writeAcks(FrameSink sink, long writtenUpTo) {
        return acks.write(sink, handle, writtenUpTo);
    }

    /** True while finished positions wait for something to be written first. */
    boolean isAckHeld(long writtenUpTo) {
        return acks.isHeld(writtenUpTo);
    }

    // ---- positions

    private void raiseFloor(long epoch, long seq) {
        floor.moveTo(epoch, seq);
        Inbound e;
        while ((e = floor.above.first()) != null && e.comparePosition(epoch, seq) <= 0) {
            queue.remove(e);
            if (heldAt == e) {
                heldAt = null;
            }
            floor.above.remove(e);
            e.state = State.DONE; // what its handler still says is late
            requestIsGone(e);
        }
    }

    /** Drops what waits or has failed above {@code from}, or all of it; it comes again. */
    private void dropAbove(@Nullable Inbound from) {
        Inbound next;
        for (Inbound e = floor.above.last(); e != null && e != from; e = next) {
            next = e.before;
            if (e.state == State.QUEUED || e.state == State.FAILED) {
                drop(e);
            }
        }
    }

    /** Leaves a gap when something above stays: the floor does not pass a position that has not been handled. */
    private void drop(Inbound e) {
        queue.remove(e);
        if (e.after == null) {
            floor.above.remove(e);
        } else {
            e.state = State.DROPPED;
            mayBePassed = true;
        }
    }

    /**
     * The daemon delivers in order, so what it goes past without delivering it on this connection is gone for it: a live publication, or what it lost unconfirmed in a crash. What was
     * dropped is forgotten, a reply that waits for its request is refused, and nothing waits for what still runs.
     */
    private void passed(long epoch, long seq) {
        if (!mayBePassed) {
            return;
        }
        Inbound next;
        Inbound e = floor.above.first();
        for (; e != null && e.comparePosition(epoch, seq) < 0; e = next) {
            next = e.after;
            if (e.state == State.DROPPED) {
                floor.above.remove(e);
            } else if (e.deliveredOn != boundOn && e.state != State.DONE) {
                e.isGone = true;
                requestIsGone(e);
            }
        }
        mayBePassed = e != null;
    }
}
