package dev.relay.client.internal;

import org.jspecify.annotations.Nullable;

/** The positions of a lane above its floor, in order: a list linked through its entries, so that keeping one costs no object. Owned by {@link InLane}; bounded by the credit that the daemon got. */
final class Positions {
    private @Nullable Inbound first;
    private @Nullable Inbound last;
    private int size;

    @Nullable
    Inbound first() {
        return first;
    }

    @Nullable
    Inbound last() {
        return last;
    }

    int size() {
        return size;
    }

    /** The highest that is not above; new ones are, so it is looked for from the end. */
    @Nullable
    Inbound atOrBelow(long epoch, long seq) {
        Inbound e = last;
        while (e != null && e.comparePosition(epoch, seq) > 0) {
            e = e.before;
        }
        return e;
    }

    /** Behind {@code below}, or as the first. */
    void insertAfter(@Nullable Inbound below, Inbound e) {
        Inbound above = below == null ? first : below.after;
        e.before = below;
        e.after = above;
        if (below == null) {
            first = e;
        } else {
            below.after = e;
        }
        if (above == null) {
            last = e;
        } else {
            above.before = e;
        }
        size++;
    }

    void remove(Inbound e) {
        if (e.before == null) {
            first = e.after;
        } else {
            e.before.after = e.after;
        }
        if (e.after == null) {
            last = e.before;
        } else {
            e.after.before = e.before;
        }
        e.before = null;
        e.after = null;
        size--;
    }
}
