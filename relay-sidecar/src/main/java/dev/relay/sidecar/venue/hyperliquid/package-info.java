/** Hyperliquid: every book frame is a whole book of 20 levels a side. */
@NullMarked
package dev.relay.sidecar.venue.hyperliquid;

import org.jspecify.annotations.NullMarked;
