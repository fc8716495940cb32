/** Captures of raw venue traffic with receipt times, in a form that the replay reads back. */
@NullMarked
package dev.relay.sidecar.record;

import org.jspecify.annotations.NullMarked;
