/** The projection of order state into Redis, written by the thread "orders-redis". */
@NullMarked
package dev.relay.sidecar.order.redis;

import org.jspecify.annotations.NullMarked;
