package dev.relay.sidecar.order;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts places accepted from the bus and not yet written to the venue. Any thread.
 *
 * <p>Bounded: at {@code pauseAt} {@link #isPaused} turns true until the count is down at {@code resumeAt}, a hint to stop
 * taking deliveries; at {@code capacity} {@link #tryEnter} refuses. Cancels and the kill switch do not pass here.
 */
public final class PlaceAdmission {
    private final int capacity;
    private final int pauseAt;
    private final int resumeAt;
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder refused = new LongAdder();
    private volatile boolean isPaused;

    public PlaceAdmission(int capacity, int pauseAt, int resumeAt) {
        if (resumeAt < 0 || pauseAt <= resumeAt || capacity < pauseAt) {
            throw new IllegalArgumentException("need 0 <= resumeAt < pauseAt <= capacity");
        }
        this.capacity = capacity;
        this.pauseAt = pauseAt;
        this.resumeAt = resumeAt;
    }

    public static PlaceAdmission defaults() {
        return new PlaceAdmission(200, 150, 100);
    }

    public boolean tryEnter() {
        int now = waiting.incrementAndGet();
        if (now > capacity) {
            leave();
            refused.increment();
            return false;
        }
        if (now >= pauseAt) {
            isPaused = true;
        }
        return true;
    }

    public void leave() {
        if (waiting.decrementAndGet() <= resumeAt) {
            isPaused = false;
        }
    }

    public boolean isPaused() {
        return isPaused;
    }

    public int waitingCount() {
        return waiting.get();
    }

    public long refusedCount() {
        return refused.sum();
    }
}
