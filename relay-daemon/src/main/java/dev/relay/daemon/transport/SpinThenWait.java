package dev.relay.daemon.transport;

import dev.relay.protocol.Clock;
import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;

/**
 * Waits awake for a while before it waits asleep: as long as the last work is younger than the given time, the loop asks the kernel without
 * waiting and goes round, so that the next bytes find a running thread and pay no wake-up. While it goes round, tasks of other threads need
 * no wake-up either, and due timers run. Core thread only.
 */
final class SpinThenWait implements SelectStrategy {
    private final Clock clock;
    private final long spinNs;
    private long lastWorkNs;

    SpinThenWait(Clock clock, long spinNs) {
        this.clock = clock;
        this.spinNs = spinNs;
        this.lastWorkNs = clock.nanoTime();
    }

    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        int ready = selectNow.get();
        if (ready > 0 || hasTasks) {
            lastWorkNs = clock.nanoTime();
            return ready;
        }
        if (clock.nanoTime() - lastWorkNs >= spinNs) {
            return SELECT;
        }
        Thread.onSpinWait();
        return CONTINUE;
    }
}
