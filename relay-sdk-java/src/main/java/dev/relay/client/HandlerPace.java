package dev.relay.client;

/**
 * How long the handlers of a client take, smoothed: quick ones run where their messages are read, slow ones on threads of their own. Any
 * thread; what races costs it a sample.
 */
final class HandlerPace {
    /** A handler that takes longer is worth a thread of its own. */
    private static final long FAST_NS = 20_000;

    /** What one run counts at most: a handler that lost its processor once is no slow one. */
    private static final long MOST_NS = 7 * FAST_NS;

    private volatile long smoothedNs = MOST_NS;

    /** Handlers return so quickly that handing them to another thread would cost more. */
    boolean isFast() {
        return smoothedNs < FAST_NS;
    }

    /** A handler ran for so long. */
    void ran(long ns) {
        long before = smoothedNs;
        smoothedNs = before + (Math.min(ns, MOST_NS) - before) / 8;
    }
}
