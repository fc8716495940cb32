/** Messages that could not be delivered, and what an operator can do about them. */
@NullMarked
package dev.relay.daemon.deadletter;

import org.jspecify.annotations.NullMarked;
