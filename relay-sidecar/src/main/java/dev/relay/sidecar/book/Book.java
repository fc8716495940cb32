package dev.relay.sidecar.book;

/** Both sides of one symbol at one venue sequence number, in scaled longs. Plain state, owned by the feed thread. */
public final class Book {
    private final BookSide bids;
    private final BookSide asks;

    public Book(int maxLevels) {
        bids = new BookSide(true, maxLevels);
        asks = new BookSide(false, maxLevels);
    }

    public BookSide bids() {
        return bids;
    }

    public BookSide asks() {
        return asks;
    }

    void apply(Delta delta) {
        for (int i = 0; i < delta.bidCount(); i++) {
            bids.set(delta.bidPrice(i), delta.bidQuantity(i));
        }
        for (int i = 0; i < delta.askCount(); i++) {
            asks.set(delta.askPrice(i), delta.askQuantity(i));
        }
    }

    /** A snapshot replaces everything; nothing of the old book survives. */
    void replace(Delta snapshot) {
        clear();
        apply(snapshot);
    }

    void clear() {
        bids.clear();
        asks.clear();
    }

    /** Best bid at or above best ask: no continuous market shows that, so the book is wrong. */
    public boolean isCrossed() {
        return bids.size() > 0 && asks.size() > 0 && bids.price(0) >= asks.price(0);
    }
}
