package dev.relay.exchange.engine;

/** Told of every change of a book and every fill, in the order they happen, on the caller's thread. */
public interface BookListener {
    /** A level has a new absolute quantity (0 = gone); {@code updateId} is the book's id after this change. */
    void onLevel(Side side, long price, long qty, long updateId);

    /** Two orders traded; both already carry the fill. The price is the maker's. */
    void onFill(Order maker, Order taker, long price, long qty, long quote);
}
