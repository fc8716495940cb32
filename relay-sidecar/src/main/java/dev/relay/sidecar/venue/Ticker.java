package dev.relay.sidecar.venue;

/** Best bid and ask as the venue states them, scaled. Reused by parsers. */
public final class Ticker {
    /** The book's id at which it held, -1 where the venue does not say. */
    public long id;

    public long bidPrice;
    public long bidQuantity;
    public long askPrice;
    public long askQuantity;
    public long eventAtMs;

    public void reset() {
        id = -1;
        bidPrice = 0;
        bidQuantity = 0;
        askPrice = 0;
        askQuantity = 0;
        eventAtMs = 0;
    }
}
