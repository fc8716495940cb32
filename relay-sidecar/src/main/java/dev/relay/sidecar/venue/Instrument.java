package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Scale;

/**
 * What the sidecar knows of a traded pair.
 *
 * @param symbol normalised, base and quote with a dash: BTC-USDT
 * @param venueSymbol the venue's own spelling: BTCUSDT
 */
public record Instrument(String symbol, String venueSymbol, Scale priceScale, Scale quantityScale) {
    /** Whether {@code name} means this pair: either spelling, in any case; separators do not count. */
    public boolean isNamed(String name) {
        return symbol.equalsIgnoreCase(name)
                || venueSymbol.equalsIgnoreCase(name)
                || bare(symbol).equals(bare(name))
                || bare(venueSymbol).equals(bare(name));
    }

    private static String bare(String name) {
        StringBuilder bare = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isLetterOrDigit(c)) {
                bare.append(Character.toUpperCase(c));
            }
        }
        return bare.toString();
    }
}
