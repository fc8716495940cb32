@NullMarked
package dev.relay.sidecar.record;

import org.jspecify.annotations.NullMarked;
