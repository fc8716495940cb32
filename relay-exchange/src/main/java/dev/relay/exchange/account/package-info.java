/** Who trades: balances, API keys, orders and trades of one account. */
@NullMarked
package dev.relay.exchange.account;

import org.jspecify.annotations.NullMarked;
