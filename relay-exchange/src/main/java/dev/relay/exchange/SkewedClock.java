package dev.relay.exchange;

import dev.relay.exchange.market.ExchangeClock;

/** The exchange's clock, which a fault script can set off from the one it was given. Owned by the exchange loop. */
final class SkewedClock implements ExchangeClock {
    private final ExchangeClock base;
    private volatile long skewMs;

    SkewedClock(ExchangeClock base) {
        this.base = base;
    }

    void skew(long ms) {
        skewMs = ms;
    }

    @Override
    public long nowMs() {
        return base.nowMs() + skewMs;
    }
}
