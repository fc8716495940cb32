package dev.relay.sidecar.book;

/**
 * The venue's best bid and ask by update id, against which the book is checked at exactly that id.
 *
 * <p>Tickers usually arrive before their depth event, so the last 256 are kept in a ring indexed by id. A ticker pushed
 * out unasked is no loss: most ids never end a depth event. Owned by the feed thread, allocates nothing.
 */
public final class SecondOpinion {
    private static final int SLOTS = 256;
    private static final int FIELDS = 5;

    private final long[] ring = new long[SLOTS * FIELDS];
    private int next;
    private long okCount;
    private long badCount;

    void onTicker(long id, long bidPrice, long bidQuantity, long askPrice, long askQuantity) {
        int at = next * FIELDS;
        ring[at] = id;
        ring[at + 1] = bidPrice;
        ring[at + 2] = bidQuantity;
        ring[at + 3] = askPrice;
        ring[at + 4] = askQuantity;
        next = (next + 1) % SLOTS;
    }

    /** Compares the book at {@code id} with the ticker of that id, if one came. False only on disagreement. */
    boolean agrees(long id, Book book) {
        for (int back = 1; back <= SLOTS; back++) {
            int at = Math.floorMod(next - back, SLOTS) * FIELDS;
            if (ring[at] == id) {
                return judge(at, book);
            }
        }
        return true;
    }

    /** For a ticker that arrives after its depth event: the book must still be at that id. */
    boolean agreesNow(Book book) {
        return judge(Math.floorMod(next - 1, SLOTS) * FIELDS, book);
    }

    private boolean judge(int at, Book book) {
        boolean same =
                matches(book.bids(), ring[at + 1], ring[at + 2]) && matches(book.asks(), ring[at + 3], ring[at + 4]);
        ring[at] = -1; // asked once
        if (same) {
            okCount++;
        } else {
            badCount++;
        }
        return same;
    }

    private static boolean matches(BookSide side, long price, long quantity) {
        return side.size() == 0 ? quantity == 0 : side.price(0) == price && side.quantity(0) == quantity;
    }

    void clear() {
        for (int i = 0; i < SLOTS; i++) {
            ring[i * FIELDS] = -1;
        }
    }

    public long okCount() {
        return okCount;
    }

    public long badCount() {
        return badCount;
    }
}
