package dev.relay.sidecar.venue;

/**
 * Request weight of one minute aligned to the wall clock, as the venue counts it, corrected by the venue's own figure.
 *
 * <p>Takes only {@code share} of the limit: the rest stays free for orders. A ban or back-off closes it until the stated
 * time. Plain code, one owner thread.
 */
public final class WeightBudget {
    private static final long WINDOW_MS = 60_000;

    private int budget;
    private long window = -1;
    private int used;
    private long closedUntilMs;

    public WeightBudget(int budget) {
        this.budget = budget;
    }

    public void budget(int newBudget) {
        budget = newBudget;
    }

    /** Takes {@code weight} now (0 returned), or says how many ms to wait before asking again. */
    public long take(int weight, long wallMs) {
        if (wallMs < closedUntilMs) {
            return closedUntilMs - wallMs;
        }
        roll(wallMs);
        if (used + weight > budget && used > 0) {
            return (window + 1) * WINDOW_MS - wallMs;
        }
        used += weight;
        return 0;
    }

    /** The venue's own count of this window, which includes what others on this address used. */
    public void onUsed(int venueCount, long wallMs) {
        roll(wallMs);
        used = Math.max(used, venueCount);
    }

    public void closeUntil(long wallMs) {
        closedUntilMs = Math.max(closedUntilMs, wallMs);
    }

    private void roll(long wallMs) {
        long current = wallMs / WINDOW_MS;
        if (current != window) {
            window = current;
            used = 0;
        }
    }

    /** Weight free in this window. */
    public int left(long wallMs) {
        roll(wallMs);
        return Math.max(0, budget - used);
    }

    public int used() {
        return used;
    }
}
