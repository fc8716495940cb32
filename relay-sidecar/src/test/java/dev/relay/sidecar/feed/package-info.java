@NullMarked
package dev.relay.sidecar.feed;

import org.jspecify.annotations.NullMarked;
