package dev.relay.sidecar.venue.order;

import dev.relay.sidecar.order.OrderClock;

/**
 * The venue's clock as the monotonic clock plus an offset, so that a jump of this machine's wall clock changes nothing.
 * Owned by the thread "orders".
 *
 * <p>An answer puts the offset within half its round trip. Two answers that agree are taken together, so that one slow
 * answer does not spoil what a quick one told; what is known grows old at {@value #DRIFT_PER_MILLION} millionths. An
 * answer that cannot be true together with the former ones says that the venue's clock was set: it alone counts then.
 */
public final class ServerTime {
    private static final long DRIFT_PER_MILLION = 500;
    /** The venue tells whole milliseconds, and so does our clock. */
    private static final long ROUNDING_MS = 1;

    private boolean isKnown;
    private long offsetMs;
    private long errorMs;
    private long toldAtMs;

    /** For a venue that tells no time: this machine's wall clock as it is now, and no jump of it from here on. */
    public static ServerTime ofWallClock(OrderClock clock) {
        ServerTime time = new ServerTime();
        time.onAnswer(clock.wallMs(), clock.monotonicMs(), clock.monotonicMs());
        return time;
    }

    /** An answer said {@code serverMs}; the request left and the answer came at these monotonic times. */
    public void onAnswer(long serverMs, long sentMs, long receivedMs) {
        long lowest = serverMs - receivedMs - ROUNDING_MS;
        long highest = serverMs - sentMs + ROUNDING_MS;
        if (isKnown) {
            long old = errorMs(receivedMs);
            long low = Math.max(lowest, offsetMs - old);
            long high = Math.min(highest, offsetMs + old);
            if (low <= high) {
                lowest = low;
                highest = high;
            }
        }
        offsetMs = lowest + (highest - lowest) / 2;
        errorMs = highest - offsetMs;
        toldAtMs = receivedMs;
        isKnown = true;
    }

    public boolean isKnown() {
        return isKnown;
    }

    /** {@link #at} is off by at most so much; 0 while nothing is known. */
    public long errorMs(long monotonicMs) {
        return isKnown ? errorMs + (monotonicMs - toldAtMs) * DRIFT_PER_MILLION / 1_000_000 : 0;
    }

    public long at(long monotonicMs) {
        return monotonicMs + offsetMs;
    }
}
