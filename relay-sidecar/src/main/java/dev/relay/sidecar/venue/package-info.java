/** The port every venue's market data comes through; one sub-package per exchange behind it. */
@NullMarked
package dev.relay.sidecar.venue;

import org.jspecify.annotations.NullMarked;
