/** Alpaca's paper trading API over the same books: REST under {@code /alpaca/v2}, trade updates under {@code /alpaca/stream}. */
@NullMarked
package dev.relay.exchange.alpaca;

import org.jspecify.annotations.NullMarked;
