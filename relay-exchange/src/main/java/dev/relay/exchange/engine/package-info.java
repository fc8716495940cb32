/** Price-time matching: orders, price levels and the book with its update ids. Plain code, no clock, no sockets. */
@NullMarked
package dev.relay.exchange.engine;

import org.jspecify.annotations.NullMarked;
