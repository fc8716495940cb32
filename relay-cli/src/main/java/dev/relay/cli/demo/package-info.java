/** {@code relay demo}: starts every process of a small trading floor, watches it, stops it and verifies what happened. */
@NullMarked
package dev.relay.cli.demo;

import org.jspecify.annotations.NullMarked;
