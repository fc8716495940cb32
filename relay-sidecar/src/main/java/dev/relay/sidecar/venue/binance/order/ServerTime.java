package dev.relay.sidecar.venue.binance.order;

/**
 * The venue's clock as the monotonic clock plus an offset, so that a jump of this machine's wall clock changes nothing.
 * Owned by the thread "orders".
 */
final class ServerTime {
    private boolean isKnown;
    private long offsetMs;

    /** An answer said {@code serverMs}; the request left and the answer came at these monotonic times. */
    void onAnswer(long serverMs, long sentMs, long receivedMs) {
        offsetMs = serverMs - (sentMs + (receivedMs - sentMs) / 2);
        isKnown = true;
    }

    boolean isKnown() {
        return isKnown;
    }

    long at(long monotonicMs) {
        return monotonicMs + offsetMs;
    }
}
