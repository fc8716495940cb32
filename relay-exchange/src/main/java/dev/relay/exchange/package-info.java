/** A local exchange that speaks Binance Spot: start it, read its truth, inject faults. */
@NullMarked
package dev.relay.exchange;

import org.jspecify.annotations.NullMarked;
