package dev.relay.sidecar.book;

/** A copy of the top of one book at one instant, with what a reader must know to believe it. Reused, see {@link BookMailbox}. */
public final class BookImage {
    static final String PASS = "PASS";

    private final int depth;
    private final long[] bids;
    private final long[] asks;
    private String quality = PASS;
    private int bidCount;
    private int askCount;
    private BookStatus status = BookStatus.SYNCING;
    private long seq;
    private long frames;
    private int proven;
    private long exchangeAtMs;
    private long receivedAtMs;
    private Scale priceScale = new Scale(0);
    private Scale quantityScale = new Scale(0);
    /** How many images of this book there have been with this one. */
    long number;

    boolean isFresh;

    public BookImage(int depth) {
        this.depth = depth;
        this.bids = new long[2 * depth];
        this.asks = new long[2 * depth];
    }

    void fill(BookSync sync, String newQuality, Scale newPriceScale, Scale newQuantityScale, long newReceivedAtMs) {
        quality = newQuality;
        status = isHeld() && sync.status() == BookStatus.LIVE ? BookStatus.STALE : sync.status();
        seq = sync.seq();
        frames = sync.counts().applied();
        proven = sync.provenDepth();
        exchangeAtMs = sync.eventAtMs();
        receivedAtMs = newReceivedAtMs;
        priceScale = newPriceScale;
        quantityScale = newQuantityScale;
        bidCount = status == BookStatus.LIVE ? copy(sync.book().bids(), bids) : 0;
        askCount = status == BookStatus.LIVE ? copy(sync.book().asks(), asks) : 0;
    }

    private int copy(BookSide side, long[] out) {
        int count = Math.min(depth, side.size());
        for (int rank = 0; rank < count; rank++) {
            out[2 * rank] = side.price(rank);
            out[2 * rank + 1] = side.quantity(rank);
        }
        return count;
    }

    private boolean isHeld() {
        return !quality.equals(PASS);
    }

    /** The quality gate's verdict; everything but PASS makes a LIVE book STALE for readers. */
    public String quality() {
        return quality;
    }

    /** Whether the levels are those of a book that may be believed; they are empty otherwise. */
    public boolean isLive() {
        return status == BookStatus.LIVE;
    }

    public BookStatus status() {
        return status;
    }

    /** (price, quantity) pairs, best first; {@link #bidCount} of them count. Do not keep or change. */
    public long[] bids() {
        return bids;
    }

    public long[] asks() {
        return asks;
    }

    public int bidCount() {
        return bidCount;
    }

    public int askCount() {
        return askCount;
    }

    public long number() {
        return number;
    }

    public long seq() {
        return seq;
    }

    public long frames() {
        return frames;
    }

    /** Levels a side that the venue's own proof covers. */
    public int proven() {
        return proven;
    }

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
