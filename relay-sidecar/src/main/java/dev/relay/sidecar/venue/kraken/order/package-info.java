/** Kraken's order side: WebSocket v2 for orders and executions, REST for questions. */
@NullMarked
package dev.relay.sidecar.venue.kraken.order;

import org.jspecify.annotations.NullMarked;
