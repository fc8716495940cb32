/** What may be ordered: limits before each order, the day's loss, and what closes the kill switch by itself. Plain code. */
@NullMarked
package dev.relay.sidecar.risk;

import org.jspecify.annotations.NullMarked;
