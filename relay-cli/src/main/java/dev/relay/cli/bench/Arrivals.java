package dev.relay.cli.bench;

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What {@code load} has arrived: how many, and when the first and the last. Counted by handler threads of several clients, read by one. */
final class Arrivals {
    private final LongAdder count = new LongAdder();
    private volatile long firstNs;
    private volatile long lastNs;
    private long told;

    void add() {
        long now = System.nanoTime();
        if (firstNs == 0) {
            firstNs = now;
        }
        lastNs = now;
        count.increment();
    }

    /** What came since the last call; times of this process's clock. */
    synchronized Map<String, Object> take() {
        long now = count.sum();
        Map<String, Object> taken = Map.of("count", now - told, "first_ns", firstNs, "last_ns", lastNs);
        told = now;
        firstNs = 0;
        return taken;
    }
}
