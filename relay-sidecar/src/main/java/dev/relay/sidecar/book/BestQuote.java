package dev.relay.sidecar.book;

/** Best bid and ask of one symbol as the venue's ticker states them, scaled; zero for an empty side. Reused. */
public final class BestQuote {
    long bid;
    long bidQuantity;
    long ask;
    long askQuantity;
    long exchangeAtMs;
    long receivedAtMs;
    boolean isFresh;
    Scale priceScale = new Scale(0);
    Scale quantityScale = new Scale(0);

    BestQuote() {}

    public long bid() {
        return bid;
    }

    public long bidQuantity() {
        return bidQuantity;
    }

    public long ask() {
        return ask;
    }

    public long askQuantity() {
        return askQuantity;
    }

    /** The venue's clock, 0 where the ticker has none. */
    public long exchangeAtMs() {
        return exchangeAtMs;
    }

    public long receivedAtMs() {
        return receivedAtMs;
    }

    public Scale priceScale() {
        return priceScale;
    }

    public Scale quantityScale() {
        return quantityScale;
    }
}
