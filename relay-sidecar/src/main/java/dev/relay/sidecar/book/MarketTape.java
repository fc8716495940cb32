package dev.relay.sidecar.book;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Public trades and best prices of one symbol on their way from the feed thread to the redis thread, without locks and
 * allocation. Trades wait in a ring of {@value #CAPACITY}; one that finds it full is left out and counted, and because
 * trades are numbered here, before they may be lost, a reader sees the hole. Of best prices only the newest waits.
 */
public final class MarketTape {
    static final int CAPACITY = 256;

    /** Takes trades in their order. */
    @FunctionalInterface
    public interface Trades {
        void trade(TapeTrade trade);
    }

    private final TapeTrade[] ring = new TapeTrade[CAPACITY];
    private final LongAdder lost = new LongAdder();
    private final AtomicReference<BestQuote> slot = new AtomicReference<>(new BestQuote());
    private BestQuote back = new BestQuote();
    private BestQuote front = new BestQuote();
    private long number;
    private volatile long put;
    private volatile long taken;

    public MarketTape() {
        for (int i = 0; i < CAPACITY; i++) {
            ring[i] = new TapeTrade();
        }
    }

    // --- feed thread ---

    /** One more trade; {@code id} is the venue's, -1 without one. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    public void trade(
            long id, long price, long quantity, boolean isBuy, long atMs, Scale priceScale, Scale quantityScale) {
        number++;
        if (put - taken >= CAPACITY) {
            lost.increment();
            return;
        }
        TapeTrade trade = ring[(int) (put & (CAPACITY - 1))];
        trade.number = number;
        trade.id = id;
        trade.price = price;
        trade.quantity = quantity;
        trade.isBuy = isBuy;
        trade.atMs = atMs;
        trade.priceScale = priceScale;
        trade.quantityScale = quantityScale;
        put++;
    }

    /** The best prices as the venue states them; zero stands for an empty side. */
    public void quote(
            long bid,
            long bidQuantity,
            long ask,
            long askQuantity,
            long exchangeAtMs,
            long receivedAtMs,
            Scale priceScale,
            Scale quantityScale) {
        back.bid = bid;
        back.bidQuantity = bidQuantity;
        back.ask = ask;
        back.askQuantity = askQuantity;
        back.exchangeAtMs = exchangeAtMs;
        back.receivedAtMs = receivedAtMs;
        back.priceScale = priceScale;
        back.quantityScale = quantityScale;
        back.isFresh = true;
        back = slot.getAndSet(back);
    }

    // --- redis thread ---

    public boolean hasNews() {
        return put != taken || isQuoteFresh();
    }

    private boolean isQuoteFresh() {
        BestQuote newest = slot.get();
        return newest != null && newest.isFresh;
    }

    /** Hands over at most so many waiting trades; valid during the call only. How many it were. */
    public int drain(int most, Trades to) {
        long until = Math.min(put, taken + most);
        int count = 0;
        for (long at = taken; at < until; at++) {
            to.trade(ring[(int) (at & (CAPACITY - 1))]);
            count++;
        }
        taken = until;
        return count;
    }

    /** The newest best prices, null when nothing is new. Valid until the next call. */
    public @Nullable BestQuote takeQuote() {
        if (!isQuoteFresh()) {
            return null;
        }
        front.isFresh = false;
        front = slot.getAndSet(front);
        return front;
    }

    /** So many trades were taken and did not arrive. */
    public void noteLost(long count) {
        lost.add(count);
    }

    /** Trades left out since the start. Any thread. */
    public long lost() {
        return lost.sum();
    }
}
