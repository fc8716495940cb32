/** The life of a market-data connection as plain code: attempts, watchdog, rotation, hand-over. */
@NullMarked
package dev.relay.sidecar.feed;

import org.jspecify.annotations.NullMarked;
