/** OKX v5: books with a chain of ids (formerly a CRC32), trades, tickers, instruments. */
@NullMarked
package dev.relay.sidecar.venue.okx;

import org.jspecify.annotations.NullMarked;
