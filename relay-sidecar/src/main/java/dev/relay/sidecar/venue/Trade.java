package dev.relay.sidecar.venue;

/** One public trade, scaled. Reused by parsers. */
public final class Trade {
    public long price;
    public long quantity;
    /** The taker bought. */
    public boolean isBuy;

    public long eventAtMs;

    public void reset() {
        price = 0;
        quantity = 0;
        isBuy = false;
        eventAtMs = 0;
    }
}
