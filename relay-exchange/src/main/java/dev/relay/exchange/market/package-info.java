/** What is traded: symbols with their filters, scaled decimals, and the venue that joins books, accounts and listeners. */
@NullMarked
package dev.relay.exchange.market;

import org.jspecify.annotations.NullMarked;
