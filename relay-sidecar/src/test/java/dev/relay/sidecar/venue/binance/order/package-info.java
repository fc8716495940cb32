/** Tests of signing, parsing, and the gateway against the local exchange. */
@NullMarked
package dev.relay.sidecar.venue.binance.order;

import org.jspecify.annotations.NullMarked;
