package dev.relay.client.redis;

import java.math.BigDecimal;

/**
 * One public trade.
 *
 * @param epoch of the sidecar that saw it
 * @param number counts the symbol's trades within the epoch; a hole means that trades were left out
 * @param venueId the venue's own number, -1 without one; the same trade may come twice around a reconnect
 * @param isBuy the taker bought
 * @param exchangeAtMs the venue's clock
 */
public record TradeView(
        String symbol,
        long epoch,
        long number,
        long venueId,
        BigDecimal price,
        BigDecimal quantity,
        boolean isBuy,
        long exchangeAtMs) {}
