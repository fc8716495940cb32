/** The one thread that writes to Redis: books as guarded scripts, liveness, layout, and the Redis process when none is given. */
@NullMarked
package dev.relay.sidecar.redis;

import org.jspecify.annotations.NullMarked;
