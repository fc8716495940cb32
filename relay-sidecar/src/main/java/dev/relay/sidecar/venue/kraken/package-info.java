/** Kraken Spot WebSocket v2: books with CRC32, trades, tickers, instruments. */
@NullMarked
package dev.relay.sidecar.venue.kraken;

import org.jspecify.annotations.NullMarked;
