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

    /**
     * A snapshot replaces everything; nothing of the old book survives.
     *
     * @param limit levels a side that were asked for: a side that is full may go on unseen beyond its end
     */
    void replace(Delta snapshot, int limit) {
        bids.load(snapshot.bids(), snapshot.bidCount(), limit);
        asks.load(snapshot.asks(), snapshot.askCount(), limit);
    }

    /** Forgets what lies beyond the venue's window; it sends no removal for levels pushed out of it. */
    void cutTo(int depth) {
        bids.cutTo(depth);
        asks.cutTo(depth);
    }

    void clear() {
        bids.clear();
        asks.clear();
    }

    /** Levels a side up to which no unseen level can exist. */
    int knownDepth() {
        return Math.min(bids.knownDepth(), asks.knownDepth());
    }

    /** The best {@code depth} levels of a side hold some beside which others may exist unseen. */
    boolean reachesBeyondKnown(int depth) {
        return bids.knownDepth() < Math.min(depth, bids.size()) || asks.knownDepth() < Math.min(depth, asks.size());
    }

    /** Best bid at or above best ask: no continuous market shows that, so the book is wrong. */
    public boolean isCrossed() {
        return bids.size() > 0 && asks.size() > 0 && bids.price(0) >= asks.price(0);
    }

    public boolean hasEmptySide() {
        return bids.size() == 0 || asks.size() == 0;
    }
}
