package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Side;
import java.util.List;
import java.util.Set;

/** Several listeners in a fixed order; exchange loop. */
public record Listeners(List<VenueListener> all) implements VenueListener {
    public Listeners {
        all = List.copyOf(all);
    }

    @Override
    public void onLevel(Market market, Side side, long price, long qty, long updateId) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onLevel(market, side, price, qty, updateId);
        }
    }

    @Override
    public void onTrade(Market market, PublicTrade trade) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onTrade(market, trade);
        }
    }

    @Override
    public void onSettled(Market market) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onSettled(market);
        }
    }

    @Override
    public void onExecution(Execution execution) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onExecution(execution);
        }
    }

    @Override
    public void onBalances(Account account, Set<String> assets, long timeMs) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onBalances(account, assets, timeMs);
        }
    }
}
