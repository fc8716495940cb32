/** {@code relay top}: two threads look at bus and Redis, plain code turns what they saw and the keys into lines, one thread draws them. */
@NullMarked
package dev.relay.cli.top;

import org.jspecify.annotations.NullMarked;
