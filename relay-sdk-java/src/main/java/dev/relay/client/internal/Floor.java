package dev.relay.client.internal;

import dev.relay.client.internal.Inbound.State;
import org.jspecify.annotations.Nullable;

/**
 * What of one lane is finished (rules R4, R5): everything up to a position, the floor, and above it the positions that were
 * delivered and have not gone into it, in order. The floor never passes a position that is not finished. Guarded like its
 * {@link InLane}.
 */
final class Floor {
    private static final int ACK_BITS = 64;

    long epoch;
    long seq;
    final Positions above = new Positions();

    /** Negative below the floor, 0 at it. */
    int compare(long otherEpoch, long otherSeq) {
        return otherEpoch != epoch ? Long.compareUnsigned(otherEpoch, epoch) : Long.compareUnsigned(otherSeq, seq);
    }

    void moveTo(long newEpoch, long newSeq) {
        epoch = newEpoch;
        seq = newSeq;
    }

    /** Takes in what is finished; positions whose handlers submitted something above {@code writtenUpTo} not yet. True when it moved. */
    boolean advance(long writtenUpTo) {
        boolean hasMoved = false;
        Inbound e;
        while ((e = above.first()) != null && isFinished(e, writtenUpTo)) {
            moveTo(e.epoch, e.seq);
            above.remove(e);
            hasMoved = true;
        }
        return hasMoved;
    }

    /** Which of the next {@value #ACK_BITS} positions are finished. */
    long bits(long writtenUpTo) {
        long bits = 0;
        for (Inbound e = above.first(); e != null && e.epoch == epoch && e.seq - seq <= ACK_BITS; e = e.after) {
            if (isFinished(e, writtenUpTo)) {
                bits |= 1L << (e.seq - seq - 1);
            }
        }
        return bits;
    }

    private static boolean isFinished(Inbound e, long writtenUpTo) {
        return e.state == State.DONE && e.doneAfter <= writtenUpTo;
    }

    /** The next position is finished, but waits for something to be written first. */
    boolean isHeld(long writtenUpTo) {
        Inbound e = above.first();
        return e != null && e.state == State.DONE && e.doneAfter > writtenUpTo;
    }

    /** The highest position that is finished together with all below it once {@code e} is; null while something below {@code e} is open. */
    @Nullable
    Inbound recordable(Inbound e) {
        Inbound upTo = null;
        for (Inbound each = above.first(); each != null && isRecordable(each, e); each = each.after) {
            upTo = each;
        }
        return upTo == null || upTo.comparePosition(e.epoch, e.seq) < 0 ? null : upTo;
    }

    private static boolean isRecordable(Inbound each, Inbound e) {
        return each == e || each.isRecorded || each.state == State.DONE;
    }
}
