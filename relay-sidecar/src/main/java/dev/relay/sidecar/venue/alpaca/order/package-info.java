/** The order side of Alpaca's paper trading: coins and shares. */
@NullMarked
package dev.relay.sidecar.venue.alpaca.order;

import org.jspecify.annotations.NullMarked;
