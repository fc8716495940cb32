@NullMarked
package dev.relay.sidecar.quality;

import org.jspecify.annotations.NullMarked;
