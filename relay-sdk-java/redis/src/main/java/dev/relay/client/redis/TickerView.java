package dev.relay.client.redis;

import java.math.BigDecimal;

/**
 * Best bid and ask as the venue's ticker states them; zero stands for an empty side. It is newer or older than the book by
 * some milliseconds and has no proof: prices for orders come from {@link BookReader}.
 *
 * @param exchangeAtMs the venue's clock, 0 where its ticker has none
 * @param receivedAtMs the sidecar's clock when it came
 * @param ageMs time since the feed's last proof of life, by the Redis clock
 */
public record TickerView(
        String symbol,
        BigDecimal bid,
        BigDecimal bidQuantity,
        BigDecimal ask,
        BigDecimal askQuantity,
        long exchangeAtMs,
        long receivedAtMs,
        long ageMs) {}
