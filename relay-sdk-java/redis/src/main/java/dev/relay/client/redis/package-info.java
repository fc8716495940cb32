/** Reads what the sidecar keeps in Redis: books, orders, positions. Needs Jedis; the SDK core does not. */
@NullMarked
package dev.relay.client.redis;

import org.jspecify.annotations.NullMarked;
