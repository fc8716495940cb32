@NullMarked
package dev.relay.sidecar.redis;

import org.jspecify.annotations.NullMarked;
