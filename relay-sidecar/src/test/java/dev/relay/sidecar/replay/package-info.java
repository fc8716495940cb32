@NullMarked
package dev.relay.sidecar.replay;

import org.jspecify.annotations.NullMarked;
