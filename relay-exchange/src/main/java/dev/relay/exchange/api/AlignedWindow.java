package dev.relay.exchange.api;

/** A counter that starts again at every multiple of its length on the wall clock. */
final class AlignedWindow {
    private final long lengthMs;
    private long window = -1;
    private int count;

    AlignedWindow(long lengthMs) {
        this.lengthMs = lengthMs;
    }

    int count(long nowMs) {
        roll(nowMs);
        return count;
    }

    /** Never below 0. */
    void add(long nowMs, int amount) {
        roll(nowMs);
        count = Math.max(0, count + amount);
    }

    long endsAtMs(long nowMs) {
        return (nowMs / lengthMs + 1) * lengthMs;
    }

    private void roll(long nowMs) {
        long current = nowMs / lengthMs;
        if (current != window) {
            window = current;
            count = 0;
        }
    }
}
