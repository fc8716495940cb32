package dev.relay.exchange;

import dev.relay.exchange.flow.OrderFlow;
import java.util.concurrent.TimeUnit;

/**
 * Runs the order flow at its rate from a timer on the exchange loop. After a stall at most {@link #MAX_CATCH_UP_MS} of
 * flow is made up; the rest is skipped.
 */
final class FlowTicker implements Runnable {
    private static final long MAX_CATCH_UP_MS = 100;

    private final OrderFlow flow;
    private final int eventsPerSecond;
    private boolean paused;
    private long lastNs = System.nanoTime();
    private double owed;

    FlowTicker(OrderFlow flow, int eventsPerSecond) {
        this.flow = flow;
        this.eventsPerSecond = eventsPerSecond;
    }

    void pause(boolean value) {
        paused = value;
    }

    boolean isPaused() {
        return paused;
    }

    @Override
    public void run() {
        long now = System.nanoTime();
        long elapsedNs = Math.min(now - lastNs, TimeUnit.MILLISECONDS.toNanos(MAX_CATCH_UP_MS));
        lastNs = now;
        if (paused) {
            return;
        }
        owed += (double) elapsedNs * eventsPerSecond / TimeUnit.SECONDS.toNanos(1);
        for (; owed >= 1; owed--) {
            flow.step();
        }
    }
}
