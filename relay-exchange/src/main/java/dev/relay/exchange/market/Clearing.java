package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Accounts;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.BookListener;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns what books report into money, fills and public trades, and tells the owners. What a request touches is settled
 * once, at its end. Money is conserved: what leaves one account arrives in another or in {@link #feesCollected()}.
 * Exchange loop only.
 */
final class Clearing {
    private final ExchangeClock clock;
    private final Commission commission;
    private final Accounts accounts;
    private final VenueListener listener;
    private final Map<String, Long> feesCollected = new HashMap<>();
    private final Set<Account> touched = new LinkedHashSet<>();
    private List<Fill> takerFills = new ArrayList<>();
    private long executionIds;

    Clearing(ExchangeClock clock, Commission commission, Accounts accounts, VenueListener listener) {
        this.clock = clock;
        this.commission = commission;
        this.accounts = accounts;
        this.listener = listener;
    }

    Map<String, Long> feesCollected() {
        return feesCollected;
    }

    long executionIds() {
        return executionIds;
    }

    void resumeAfterExecution(long executionId) {
        executionIds = Math.max(executionIds, executionId);
    }

    BookListener watch(Market market) {
        return new BookWatch(market);
    }

    /** The list that gets the fills of the order about to match. */
    List<Fill> newTaker() {
        takerFills = new ArrayList<>();
        return takerFills;
    }

    void report(
            Account account,
            Order order,
            Execution.Type type,
            String clientOrderId,
            String origClientOrderId,
            @Nullable Fill fill) {
        touched.add(account);
        listener.onExecution(new Execution(
                account, order, type, clientOrderId, origClientOrderId, fill, ++executionIds, clock.nowMs()));
    }

    /** Gives back what is still locked for the order and moves it to the history. */
    void close(Market market, Account account, Order order) {
        long leaves = order.leavesQty();
        if (order.side() == Side.SELL) {
            account.balance(market.spec().baseAsset()).unlock(leaves);
        } else if (order.spec().type() != OrderType.MARKET) {
            account.balance(market.spec().quoteAsset()).unlock(Scaled.multiply(order.price(), leaves));
        }
        account.closed(order);
    }

    void settle(Market market) {
        long now = clock.nowMs();
        Set<String> assets = Set.of(market.spec().baseAsset(), market.spec().quoteAsset());
        for (Account account : touched) {
            account.touch(now);
            listener.onBalances(account, assets, now);
        }
        touched.clear();
        listener.onSettled(market);
    }

    /** What is told of one market's book. */
    private final class BookWatch implements BookListener {
        private final Market market;

        BookWatch(Market market) {
            this.market = market;
        }

        @Override
        public void onLevel(Side side, long price, long qty, long updateId) {
            listener.onLevel(market, side, price, qty, updateId);
        }

        @Override
        public void onFill(Order maker, Order taker, long price, long qty, long quote) {
            long now = clock.nowMs();
            PublicTrade trade =
                    new PublicTrade(market.nextTradeId(), price, qty, quote, now, maker.side() == Side.BUY, taker.id());
            market.traded(trade);
            listener.onTrade(market, trade);
            book(maker, trade, true);
            takerFills.add(book(taker, trade, false));
        }

        private Fill book(Order order, PublicTrade trade, boolean maker) {
            Account account = accounts.owner(order.owner());
            order.touch(trade.timeMs());
            Fill fill = move(account, order, trade, maker);
            account.filled(fill);
            report(account, order, Execution.Type.TRADE, order.clientOrderId(), "", fill);
            if (maker && order.status() == OrderStatus.FILLED) {
                close(market, account, order);
            }
            return fill;
        }

        private Fill move(Account account, Order order, PublicTrade trade, boolean maker) {
            String gets = market.spec().assetSpent(order.side().opposite());
            long received = order.side() == Side.BUY ? trade.qty() : trade.quote();
            long fee = account.isFeeFree() ? 0 : commission.of(received, maker);
            pay(account, order, trade);
            account.balance(gets).credit(received - fee);
            feesCollected.merge(gets, fee, Math::addExact);
            return new Fill(
                    market.symbol(),
                    trade.id(),
                    order.id(),
                    order.clientOrderId(),
                    order.side(),
                    trade.price(),
                    trade.qty(),
                    trade.quote(),
                    fee,
                    gets,
                    trade.timeMs(),
                    maker);
        }

        /** Spends what was locked; a limit buy that traded better than its limit gets the difference back. */
        private void pay(Account account, Order order, PublicTrade trade) {
            Balance spent = account.balance(market.spec().assetSpent(order.side()));
            if (order.side() == Side.SELL) {
                spent.spend(trade.qty());
                return;
            }
            spent.spend(trade.quote());
            if (order.spec().type() != OrderType.MARKET) {
                spent.unlock(Scaled.multiply(order.price(), trade.qty()) - trade.quote());
            }
        }
    }
}
