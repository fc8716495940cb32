package dev.relay.sidecar.redis;

import dev.relay.sidecar.net.SidecarClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Ends a wait for Redis that takes too long. A write has no timeout, so somebody beside it has to close the connection. One thread, which looks
 * ten times a second; {@link #begin} and {@link #end} are called by the thread that waits, the rest by any.
 */
final class StallWatch implements AutoCloseable {
    private static final long TICK_MS = 100;

    private final SidecarClock clock;
    private final long timeoutMs;
    private final LongConsumer onStalled;
    private final Thread thread;
    private volatile boolean isRunning = true;
    private volatile long sinceMs = -1;

    /** {@code onStalled} is told, on the watch's thread, how many milliseconds the wait has taken; again at each look. */
    StallWatch(String name, SidecarClock clock, long timeoutMs, LongConsumer onStalled) {
        this.clock = clock;
        this.timeoutMs = timeoutMs;
        this.onStalled = onStalled;
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void begin(long nowMs) {
        sinceMs = nowMs;
    }

    void end() {
        sinceMs = -1;
    }

    /** How long the wait takes, negative without one. */
    long waitedMs() {
        long since = sinceMs;
        return since < 0 ? -1 : Math.max(0, clock.monotonicMs() - since);
    }

    private void run() {
        while (isRunning) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
            long waitedMs = waitedMs();
            if (waitedMs > timeoutMs) {
                onStalled.accept(waitedMs);
            }
        }
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
    }
}
