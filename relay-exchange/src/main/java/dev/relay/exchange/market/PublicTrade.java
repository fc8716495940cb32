package dev.relay.exchange.market;

/** One trade as everybody sees it. {@code takerOrderId} only groups aggregate trades. Amounts scaled by 10^8. */
public record PublicTrade(
        long id, long price, long qty, long quote, long timeMs, boolean buyerIsMaker, long takerOrderId) {}
