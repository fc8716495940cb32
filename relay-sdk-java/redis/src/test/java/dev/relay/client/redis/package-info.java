@NullMarked
package dev.relay.client.redis;

import org.jspecify.annotations.NullMarked;
