package dev.relay.daemon.routing;

import dev.relay.protocol.Clock;

/** Two clocks that move only when told, each by itself. */
final class ManualClock implements Clock {
    long nowNs = 1_000_000_000_000L;
    long wallMs = 1_700_000_000_000L;

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public long wallMs() {
        return wallMs;
    }

    void advanceMs(long ms) {
        nowNs += ms * 1_000_000;
        wallMs += ms;
    }
}
