/** Replays recorded exchange traffic through the unchanged sidecar into a real Redis and reads the books back from there. */
@NullMarked
package dev.relay.sidecar.replay;

import org.jspecify.annotations.NullMarked;
