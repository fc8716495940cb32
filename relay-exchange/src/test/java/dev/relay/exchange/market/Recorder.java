package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Writes down what a venue tells, as text. */
public final class Recorder implements VenueListener {
    public final List<String> lines = new ArrayList<>();

    @Override
    public void onLevel(Market market, Side side, long price, long qty, long updateId) {
        lines.add(market.symbol() + " " + side + " " + price + " " + qty + " " + updateId);
    }

    @Override
    public void onTrade(Market market, PublicTrade trade) {
        lines.add(trade.toString());
    }

    @Override
    public void onSettled(Market market) {
        lines.add("settled " + market.symbol());
    }

    @Override
    public void onExecution(Execution execution) {
        lines.add(execution.type() + " " + execution.order().id() + " "
                + execution.order().status());
    }

    @Override
    public void onBalances(Account account, Set<String> assets, long timeMs) {
        lines.add("balances " + account.name());
    }
}
