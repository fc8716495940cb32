@NullMarked
package dev.relay.sidecar.venue.binance;

import org.jspecify.annotations.NullMarked;
