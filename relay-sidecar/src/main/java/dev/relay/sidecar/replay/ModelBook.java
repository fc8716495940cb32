package dev.relay.sidecar.replay;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The replay server's own book of one symbol, in exact decimals as sent. It shares no code with the books it feeds.
 */
final class ModelBook {
    final TreeMap<BigDecimal, BigDecimal> bids = new TreeMap<>(Comparator.reverseOrder());
    final TreeMap<BigDecimal, BigDecimal> asks = new TreeMap<>();
    /** The venue's id of the last change. */
    long id;
    /** A whole book has been in the stream or was fetched. */
    boolean isStarted;

    void clear() {
        bids.clear();
        asks.clear();
    }

    /** A whole book comes in the stream. */
    void begin() {
        clear();
        isStarted = true;
    }

    void set(boolean isBid, BigDecimal price, BigDecimal quantity) {
        Map<BigDecimal, BigDecimal> side = isBid ? bids : asks;
        if (quantity.signum() == 0) {
            side.remove(price);
        } else {
            side.put(price, quantity);
        }
    }

    void cutTo(int depth) {
        cut(bids, depth);
        cut(asks, depth);
    }

    private static void cut(NavigableMap<BigDecimal, BigDecimal> side, int depth) {
        while (side.size() > depth) {
            side.pollLastEntry();
        }
    }
}
