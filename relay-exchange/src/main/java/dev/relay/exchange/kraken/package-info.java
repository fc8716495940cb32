/** Kraken's private side: token, orders and executions over WebSocket v2, questions by REST. */
@NullMarked
package dev.relay.exchange.kraken;

import org.jspecify.annotations.NullMarked;
