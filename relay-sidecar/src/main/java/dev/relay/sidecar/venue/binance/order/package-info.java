/** Orders at Binance Spot: signing, requests, user data stream, and the gateway that joins them. */
@NullMarked
package dev.relay.sidecar.venue.binance.order;

import org.jspecify.annotations.NullMarked;
