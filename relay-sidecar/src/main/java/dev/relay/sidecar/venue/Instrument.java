package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Scale;

/**
 * What the sidecar knows of a traded pair.
 *
 * @param symbol normalised, base and quote with a dash: BTC-USDT
 * @param venueSymbol the venue's own spelling: BTCUSDT
 */
public record Instrument(String symbol, String venueSymbol, Scale priceScale, Scale quantityScale) {}
