/** Agents in Java, on the public SDK only. */
@NullMarked
package dev.relay.examples;

import org.jspecify.annotations.NullMarked;
