/** {@code relay bench}: measures the bus through the public SDK, between separate processes. */
@NullMarked
package dev.relay.cli.bench;

import org.jspecify.annotations.NullMarked;
