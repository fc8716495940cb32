package dev.relay.sidecar.feed;

/**
 * Connection attempts to one venue from this address: at most so many within a sliding window, and never two closer than
 * a gap once a handful were made. Shared by all connections of the venue. Feed thread only; bounded by its limit.
 */
public final class AttemptBudget {
    private static final int FREE_ATTEMPTS = 5;

    private final long[] takenAtMs;
    private final long windowMs;
    private final long gapMs;
    private int next;
    private long count;

    /**
     * @param attempts most attempts within {@code windowMs}
     * @param gapMs least time between two attempts when more than a handful fall into the window; 0 for none
     */
    public AttemptBudget(int attempts, long windowMs, long gapMs) {
        if (attempts < 1 || windowMs < 1 || gapMs < 0) {
            throw new IllegalArgumentException("need attempts >= 1, windowMs >= 1, gapMs >= 0, attempts=" + attempts
                    + " windowMs=" + windowMs + " gapMs=" + gapMs);
        }
        this.takenAtMs = new long[attempts];
        this.windowMs = windowMs;
        this.gapMs = gapMs;
    }

    /** Takes one attempt now (0 returned), or says how many milliseconds to wait before asking again. */
    public long take(long nowMs) {
        long waitMs = Math.max(windowWaitMs(nowMs), gapWaitMs(nowMs));
        if (waitMs > 0) {
            return waitMs;
        }
        takenAtMs[next] = nowMs;
        next = (next + 1) % takenAtMs.length;
        count++;
        return 0;
    }

    private long windowWaitMs(long nowMs) {
        return count < takenAtMs.length ? 0 : takenAtMs[next] + windowMs - nowMs;
    }

    private long gapWaitMs(long nowMs) {
        if (gapMs == 0 || count < FREE_ATTEMPTS || nowMs - taken(FREE_ATTEMPTS) >= windowMs) {
            return 0;
        }
        return taken(1) + gapMs - nowMs;
    }

    private long taken(int back) {
        return takenAtMs[Math.floorMod(next - Math.min(back, takenAtMs.length), takenAtMs.length)];
    }

    /** Attempts ever made. */
    public long count() {
        return count;
    }
}
