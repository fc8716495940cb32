package dev.relay.sidecar.book;

import java.math.BigDecimal;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The best bid and ask of one book for readers on other threads: a sequence lock over longs, so that the feed thread writes without allocation or waiting. One
 * writer, any number of readers; a reader that meets a write reads again.
 */
public final class BestPrices {
    private static final int VERSION = 0;
    private static final int IS_LIVE = 1;
    private static final int BID = 2;
    private static final int ASK = 3;
    private static final int DECIMALS = 4;
    private static final BigDecimal TWO = BigDecimal.valueOf(2);

    private final AtomicLongArray cells = new AtomicLongArray(5);

    /** Feed thread only. */
    void put(BookImage image, int decimals) {
        boolean isLive = image.isLive() && image.bidCount() > 0 && image.askCount() > 0;
        long version = cells.get(VERSION);
        cells.set(VERSION, version + 1);
        cells.set(IS_LIVE, isLive ? 1 : 0);
        cells.set(BID, isLive ? image.bids()[0] : 0);
        cells.set(ASK, isLive ? image.asks()[0] : 0);
        cells.set(DECIMALS, decimals);
        cells.set(VERSION, version + 2);
    }

    /** The middle of the best prices; null unless the book may be believed and has both sides. */
    public @Nullable BigDecimal middle() {
        while (true) {
            long version = cells.get(VERSION);
            long isLive = cells.get(IS_LIVE);
            long bid = cells.get(BID);
            long ask = cells.get(ASK);
            int decimals = (int) cells.get(DECIMALS);
            if ((version & 1) == 0 && cells.get(VERSION) == version) {
                return isLive == 0
                        ? null
                        : BigDecimal.valueOf(bid, decimals)
                                .add(BigDecimal.valueOf(ask, decimals))
                                .divide(TWO);
            }
            Thread.onSpinWait();
        }
    }
}
