package dev.relay.sidecar.book;

/** One public trade on the {@link MarketTape}, scaled. Reused. */
public final class TapeTrade {
    long number;
    long id;
    long price;
    long quantity;
    boolean isBuy;
    long atMs;
    Scale priceScale = new Scale(0);
    Scale quantityScale = new Scale(0);

    TapeTrade() {}

    /** Counts the symbol's trades since the sidecar's start. */
    public long number() {
        return number;
    }

    /** The venue's number, -1 without one. */
    public long id() {
        return id;
    }

    public long price() {
        return price;
    }

    public long quantity() {
        return quantity;
    }

    /** The taker bought. */
    public boolean isBuy() {
        return isBuy;
    }

    /** The venue's clock. */
    public long atMs() {
        return atMs;
    }

    public Scale priceScale() {
        return priceScale;
    }

    public Scale quantityScale() {
        return quantityScale;
    }
}
