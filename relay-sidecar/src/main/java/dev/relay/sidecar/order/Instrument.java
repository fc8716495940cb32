package dev.relay.sidecar.order;

/**
 * One tradable pair.
 *
 * @param symbol Relay's name, for example BTC-USDT
 * @param venueSymbol the venue's name, for example BTCUSDT
 */
public record Instrument(String symbol, String venueSymbol, String base, String quote) {
    public Instrument {
        if (symbol.isBlank() || venueSymbol.isBlank() || base.isBlank() || quote.isBlank()) {
            throw new IllegalArgumentException("instrument has a blank part, symbol=" + symbol);
        }
    }

    /** From BASE-QUOTE, the venue's name being both joined. */
    public static Instrument of(String symbol) {
        int dash = symbol.indexOf('-');
        if (dash <= 0 || dash == symbol.length() - 1 || symbol.indexOf('-', dash + 1) >= 0) {
            throw new IllegalArgumentException("symbol must be BASE-QUOTE, symbol=" + symbol);
        }
        String base = symbol.substring(0, dash);
        String quote = symbol.substring(dash + 1);
        return new Instrument(symbol, base + quote, base, quote);
    }
}
