package dev.relay.exchange.market;

import dev.relay.exchange.engine.Scaled;

/** Share of what a trade brings that the venue keeps, in basis points (1/10,000) of the received asset. */
public record Commission(int makerBps, int takerBps) {
    private static final long ONE_BPS = Scaled.ONE / 10_000;

    public Commission {
        if (makerBps < 0 || makerBps > 1000 || takerBps < 0 || takerBps > 1000) {
            throw new IllegalArgumentException(
                    "commission must be 0..1000 bps: makerBps=" + makerBps + " takerBps=" + takerBps);
        }
    }

    public long rate(boolean maker) {
        return (maker ? makerBps : takerBps) * ONE_BPS;
    }

    public long of(long received, boolean maker) {
        return Scaled.multiply(received, rate(maker));
    }
}
