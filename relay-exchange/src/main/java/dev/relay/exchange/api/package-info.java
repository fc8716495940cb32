/** The request vocabulary that REST and the WebSocket API share: operations, parameters, errors, limits, JSON shapes. */
@NullMarked
package dev.relay.exchange.api;

import org.jspecify.annotations.NullMarked;
