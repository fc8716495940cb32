package dev.relay.exchange;

import java.util.List;

/** One book as the exchange itself holds it, best level first; decimals without trailing zeros. */
public record BookView(String symbol, long lastUpdateId, List<Level> bids, List<Level> asks) {
    /** One price and all the quantity resting at it. */
    public record Level(String price, String qty) {}
}
