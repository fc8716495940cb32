@NullMarked
package dev.relay.sidecar.venue;

import org.jspecify.annotations.NullMarked;
