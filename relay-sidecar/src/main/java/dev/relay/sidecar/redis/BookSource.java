package dev.relay.sidecar.redis;

import dev.relay.sidecar.venue.MarketFeed;

/** A feed whose books are published, and the names they get. */
public record BookSource(RedisLayout layout, MarketFeed feed) {}
