/** Configuration of the daemon: small records, validated when built. */
@NullMarked
package dev.relay.daemon.config;

import org.jspecify.annotations.NullMarked;
