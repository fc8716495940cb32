/** The WebSocket faces: market streams, the WebSocket API and user data events. */
@NullMarked
package dev.relay.exchange.stream;

import org.jspecify.annotations.NullMarked;
