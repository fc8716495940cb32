@NullMarked
package dev.relay.sidecar.venue.order;

import org.jspecify.annotations.NullMarked;
