package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Side;
import java.util.Set;

/** Hears everything that happens in the venue, in order, on the exchange loop. Must not call back into the venue. */
public interface VenueListener {
    default void onLevel(Market market, Side side, long price, long qty, long updateId) {}

    default void onTrade(Market market, PublicTrade trade) {}

    /** One request is through with this book: tops of book are comparable now. */
    default void onSettled(Market market) {}

    default void onExecution(Execution execution) {}

    /** These assets of the account may have changed. */
    default void onBalances(Account account, Set<String> assets, long timeMs) {}
}
