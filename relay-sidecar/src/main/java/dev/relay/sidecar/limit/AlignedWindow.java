package dev.relay.sidecar.limit;

/**
 * One limit of a venue that starts again at each multiple of its length on the venue's clock. What was sent in the window
 * before and is not answered yet may be counted in this one, so it is where a window starts from. Confined to one thread.
 */
final class AlignedWindow {
    final long lengthMs;
    private int limit;
    private long window = -1;
    private int used;
    private int unanswered;

    AlignedWindow(long lengthMs, int limit) {
        this.lengthMs = lengthMs;
        this.limit = limit;
    }

    /** What was sent and is not answered now. */
    void unanswered(int amount) {
        unanswered = amount;
    }

    /** 0 when {@code amount} more stays within {@code share} of the limit, else the time until the window starts again. */
    long waitMs(int amount, double share, long venueMs) {
        roll(venueMs);
        return used + amount <= Math.max(1, (int) (limit * share)) ? 0 : (window + 1) * lengthMs - venueMs;
    }

    void take(int amount, long venueMs) {
        roll(venueMs);
        used += amount;
    }

    /** The venue's own figures; {@code unanswered} is what it had not seen when it counted. */
    void correct(int venueLimit, int venueCount, int unanswered, long venueMs) {
        roll(venueMs);
        limit = venueLimit > 0 ? venueLimit : limit;
        used = venueCount + unanswered;
    }

    int used(long venueMs) {
        roll(venueMs);
        return used;
    }

    int limit() {
        return limit;
    }

    private void roll(long venueMs) {
        long current = Math.floorDiv(venueMs, lengthMs);
        if (current != window) {
            window = current;
            used = unanswered;
        }
    }
}
