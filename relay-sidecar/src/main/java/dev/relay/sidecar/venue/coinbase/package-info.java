/** Coinbase Advanced Trade: books proven by the numbering of the connection. */
@NullMarked
package dev.relay.sidecar.venue.coinbase;

import org.jspecify.annotations.NullMarked;
