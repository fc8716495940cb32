/** The Java client of the Relay bus: start with {@link dev.relay.client.Relay}. */
@NullMarked
package dev.relay.client;

import org.jspecify.annotations.NullMarked;
