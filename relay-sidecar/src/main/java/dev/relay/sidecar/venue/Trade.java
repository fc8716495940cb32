package dev.relay.sidecar.venue;

/** One public trade, scaled. Reused by parsers. */
public final class Trade {
    /** The venue's number of the trade, -1 when it is not a whole number. */
    public long id;

    public long price;
    public long quantity;
    /** The taker bought. */
    public boolean isBuy;

    public long eventAtMs;

    public void reset() {
        id = -1;
        price = 0;
        quantity = 0;
        isBuy = false;
        eventAtMs = 0;
    }
}
