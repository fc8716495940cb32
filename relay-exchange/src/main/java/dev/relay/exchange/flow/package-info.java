/** Seeded order flow that keeps the books busy. */
@NullMarked
package dev.relay.exchange.flow;

import org.jspecify.annotations.NullMarked;
