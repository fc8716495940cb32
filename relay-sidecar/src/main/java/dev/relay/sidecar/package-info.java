/** Wiring and start of the sidecar process. */
@NullMarked
package dev.relay.sidecar;

import org.jspecify.annotations.NullMarked;
