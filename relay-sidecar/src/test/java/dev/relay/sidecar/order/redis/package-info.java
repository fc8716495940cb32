/** Tests of the projection on a real Redis. */
@NullMarked
package dev.relay.sidecar.order.redis;

import org.jspecify.annotations.NullMarked;
