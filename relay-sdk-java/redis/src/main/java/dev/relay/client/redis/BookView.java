package dev.relay.client.redis;

import java.util.List;

/**
 * One book at one instant, best levels first.
 *
 * @param version rises with every write of the sidecar
 * @param sequence the venue's update id
 * @param frames depth events applied since the sidecar started
 * @param ageMs time since the feed's last proof of life, by the Redis clock
 * @param readAtMs the Redis clock at the read
 * @param proven levels a side that the venue's own proof covers
 * @param exchangeAtMs the venue's clock at the last event; a metric, not a gate
 */
public record BookView(
        String symbol,
        List<BookLevel> bids,
        List<BookLevel> asks,
        long epoch,
        long version,
        long sequence,
        long frames,
        long ageMs,
        long readAtMs,
        int proven,
        long exchangeAtMs) {}
