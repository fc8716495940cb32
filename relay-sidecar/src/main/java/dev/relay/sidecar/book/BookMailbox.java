package dev.relay.sidecar.book;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Hands the newest image of one book from the feed thread to the redis thread: three buffers that change hands, no lock,
 * no allocation. Bounded by construction: an image not taken in time is overwritten by the next (conflation), which makes
 * a slow Redis coarser in time, never wrong.
 */
public final class BookMailbox {
    private final String symbol;
    private final AtomicReference<BookImage> slot;
    private final BestPrices best = new BestPrices();
    private final MarketTape tape = new MarketTape();
    private BookImage back;
    private BookImage front;
    private long puts;

    public BookMailbox(String symbol, int depth) {
        this.symbol = symbol;
        slot = new AtomicReference<>(new BookImage(depth));
        back = new BookImage(depth);
        front = new BookImage(depth);
    }

    public String symbol() {
        return symbol;
    }

    /** Any thread. */
    public BestPrices best() {
        return best;
    }

    /** The symbol's trades and tickers; each thread its side of it. */
    public MarketTape tape() {
        return tape;
    }

    /** Feed thread: publishes the book as it is now. True: an earlier image had not been taken and is gone. */
    public boolean put(BookSync sync, Scale priceScale, Scale quantityScale, long receivedAtMs) {
        return put(sync, BookImage.PASS, priceScale, quantityScale, receivedAtMs);
    }

    /** As above; {@code quality} is the gate's verdict and anything but PASS keeps the levels from readers. */
    public boolean put(BookSync sync, String quality, Scale priceScale, Scale quantityScale, long receivedAtMs) {
        back.fill(sync, quality, priceScale, quantityScale, receivedAtMs);
        back.isFresh = true;
        back.number = ++puts;
        best.put(back, priceScale.decimals());
        back = slot.getAndSet(back);
        return back.isFresh;
    }

    /** Feed thread: images put so far, which is the number of the newest. */
    public long puts() {
        return puts;
    }

    /** Redis thread: the newest image, or null when nothing is new. Valid until the next call. */
    public @Nullable BookImage take() {
        BookImage newest = slot.get();
        if (newest == null || !newest.isFresh) {
            return null;
        }
        front.isFresh = false;
        front = slot.getAndSet(front);
        return front;
    }
}
