package dev.relay.sidecar.limit;

/**
 * One limit of a venue that starts again at each multiple of its length on the venue's clock, which is known within some
 * milliseconds only. Confined to one thread.
 *
 * <p>What the venue may have counted in either of two windows is counted in both: what was sent before the boundary and
 * is not answered at it, what was answered so shortly before it that the venue's window may have started already, and
 * what is sent so shortly after it that the venue's old window may still last. The venue's own count is taken as this
 * window's only where the request can have been counted in no other, and lowers ours only where no answer to a later
 * request came first.
 */
final class AlignedWindow {
    final long lengthMs;
    private int limit;
    private long window = -1;
    private int used;
    private int before;
    private int carried;
    private int unanswered;
    private long errorMs;
    private long latestAskedMs;

    AlignedWindow(long lengthMs, int limit) {
        this.lengthMs = lengthMs;
        this.limit = limit;
    }

    /** What was sent and is not answered now. */
    void unanswered(int amount) {
        unanswered = amount;
    }

    /** The venue's clock is within so much of the times given here. */
    void clockWithin(long ms) {
        errorMs = Math.min(ms, lengthMs / 2);
    }

    /** 0 when {@code amount} more stays within {@code share} of the limit, else the time until it is worth asking again. */
    long waitMs(int amount, double share, long venueMs) {
        roll(venueMs);
        int most = Math.max(1, (int) (limit * share));
        long startMs = window * lengthMs;
        if (used + amount > most) {
            return startMs + lengthMs - venueMs;
        }
        return before + amount > most && mayBeBefore(venueMs) ? startMs + errorMs - venueMs : 0;
    }

    void take(int amount, long venueMs) {
        roll(venueMs);
        used += amount;
        if (mayBeBefore(venueMs)) {
            before += amount;
        }
    }

    /** So much got no answer in its time: the venue may count it when it likes. */
    void onGivenUp(int amount, long venueMs) {
        roll(venueMs);
        carried += amount;
    }

    /** The answer to so much came. */
    void onAnswered(int amount, long venueMs) {
        roll(venueMs);
        if (mayBeAfter(venueMs)) {
            carried += amount;
        }
    }

    /**
     * The venue's own figures, asked for at {@code askedMs}; {@code unanswered} is what it had not seen when it counted.
     */
    void correct(int venueLimit, int venueCount, int unanswered, long askedMs, long venueMs) {
        roll(venueMs);
        limit = venueLimit > 0 ? venueLimit : limit;
        int count = venueCount + unanswered;
        if (askedMs - errorMs < window * lengthMs) {
            before = Math.max(before, count);
        } else if (mayBeAfter(venueMs) || askedMs < latestAskedMs) {
            used = Math.max(used, count);
        } else {
            used = count;
            latestAskedMs = askedMs;
        }
    }

    /** As {@link #correct}, of a venue whose answers may overtake each other: its count never lowers ours. */
    void raise(int venueLimit, int venueCount, long askedMs, long venueMs) {
        roll(venueMs);
        limit = venueLimit > 0 ? venueLimit : limit;
        if (askedMs - errorMs < window * lengthMs) {
            before = Math.max(before, venueCount);
        } else {
            used = Math.max(used, venueCount);
        }
    }

    int used(long venueMs) {
        roll(venueMs);
        return used;
    }

    int limit() {
        return limit;
    }

    private boolean mayBeBefore(long venueMs) {
        return venueMs - errorMs < window * lengthMs;
    }

    private boolean mayBeAfter(long venueMs) {
        return venueMs + errorMs >= (window + 1) * lengthMs;
    }

    private void roll(long venueMs) {
        long current = Math.floorDiv(venueMs, lengthMs);
        if (current != window) {
            before = current == window + 1 ? used : 0;
            window = current;
            used = unanswered + carried;
            carried = 0;
        }
    }
}
