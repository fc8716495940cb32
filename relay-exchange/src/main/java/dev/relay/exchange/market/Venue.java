package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.ApiKey;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.BookListener;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The exchange itself: markets, accounts, and what one request does to them. Everything else only translates.
 *
 * <p>Life of an order: rules are checked, funds locked, the owner told NEW, the book matches, each fill moves money on
 * both sides and is told to both owners, the rest stands or expires. All of it happens inside one call on the exchange
 * loop, so nobody ever sees half a request. Money is conserved: what leaves one account arrives in another or in
 * {@link #feesCollected()}.
 *
 * <p>Deterministic: time comes from the clock given, ids from counters. Refusals are thrown as {@link Refusal} before
 * anything changed.
 */
public final class Venue {
    private final ExchangeClock clock;
    private final Commission commission;
    private final VenueListener listener;
    private final Map<String, Market> markets = new LinkedHashMap<>();
    private final Map<String, Account> accounts = new LinkedHashMap<>();
    private final Map<String, Account> accountsByKey = new HashMap<>();
    private final Map<String, ApiKey> keys = new HashMap<>();
    private final Map<String, Long> feesCollected = new HashMap<>();
    private final Set<Account> touched = new LinkedHashSet<>();
    private List<Fill> takerFills = new ArrayList<>();
    private long executionIds;
    private long generatedClientIds;
    private long uids = 1000;

    public Venue(ExchangeClock clock, Commission commission, List<SymbolSpec> symbols, VenueListener listener) {
        this.clock = clock;
        this.commission = commission;
        this.listener = listener;
        for (SymbolSpec spec : symbols) {
            markets.put(spec.symbol(), new Market(spec, BookWatch::new));
        }
    }

    /** An answered new order: the order as it stands, and the fills it took at once. */
    public record Placed(Order order, List<Fill> fills) {}

    /** An answered cancel: the order as it ended, and the cancel's own client id. */
    public record Cancelled(Order order, String cancelClientId) {}

    /** An answered amend: the order as it stands. */
    public record Amended(Order order, long executionId) {}

    public ExchangeClock clock() {
        return clock;
    }

    public Commission commission() {
        return commission;
    }

    public Collection<Market> markets() {
        return markets.values();
    }

    public Collection<Account> accounts() {
        return accounts.values();
    }

    public Market market(String symbol) {
        Market market = markets.get(symbol);
        if (market == null) {
            throw new Refusal(ErrorCode.BAD_SYMBOL, "Invalid symbol.");
        }
        return market;
    }

    public Account openAccount(String name, boolean house) {
        return openAccount(name, house, house);
    }

    public Account openAccount(String name, boolean house, boolean feeFree) {
        Account account = new Account(name, ++uids, house, feeFree);
        if (accounts.putIfAbsent(name, account) != null) {
            throw new IllegalArgumentException("account exists: name=" + name);
        }
        return account;
    }

    public void addKey(Account account, ApiKey key) {
        keys.put(key.key(), key);
        accountsByKey.put(key.key(), account);
    }

    /** How to give it back, null when there is no such key. */
    public @Nullable Runnable revokeKey(String key) {
        ApiKey removed = keys.remove(key);
        Account account = accountsByKey.remove(key);
        return removed == null || account == null ? null : () -> addKey(account, removed);
    }

    public @Nullable ApiKey key(String key) {
        return keys.get(key);
    }

    public @Nullable Account accountOf(String key) {
        return accountsByKey.get(key);
    }

    /** Commission taken so far per asset, scaled by 10^8. */
    public Map<String, Long> feesCollected() {
        return feesCollected;
    }

    /** A client id for a request that brought none. */
    public String generateClientId() {
        return "x-relay-" + Long.toString(++generatedClientIds, 36);
    }

    /** Before anybody trades: an order as a former life left it, into its book or the history. */
    public void restore(Account account, Order order) {
        Market market = market(order.symbol());
        market.resumeAfterOrder(order.id());
        if (order.status().isOpen()) {
            account.opened(order);
            market.book().submit(order);
        } else {
            account.closed(order);
        }
    }

    /** Before anybody trades: a fill of a former life. */
    public void restore(Account account, Fill fill) {
        market(fill.symbol()).resumeAfterTrade(fill.tradeId(), fill.price());
        account.filled(fill);
    }

    public long executionIds() {
        return executionIds;
    }

    /** Before anybody trades: execution ids go on behind this one. */
    public void resumeAfterExecution(long executionId) {
        executionIds = Math.max(executionIds, executionId);
    }

    public Placed place(Account account, Order.Spec request) {
        Market market = market(request.symbol());
        OrderRules.check(market, account, request);
        Order.Spec spec = inQuantity(market, request);
        String asset = spec.side() == Side.BUY
                ? market.spec().quoteAsset()
                : market.spec().baseAsset();
        long amount = OrderRules.lockAmount(market, spec);
        OrderRules.checkFunds(account, asset, amount);
        account.balance(asset).lock(amount);
        return execute(market, account, spec);
    }

    public Cancelled cancel(Account account, Order order, @Nullable String cancelClientId) {
        Market market = market(order.symbol());
        if (!market.book().cancel(order)) {
            throw new Refusal(ErrorCode.CANCEL_REJECTED, "Unknown order sent.");
        }
        String cancelId = cancelClientId == null ? generateClientId() : cancelClientId;
        order.touch(clock.nowMs());
        close(market, account, order);
        report(account, order, Execution.Type.CANCELED, cancelId, order.clientOrderId(), null);
        touched.add(account);
        settle(market);
        return new Cancelled(order, cancelId);
    }

    /** Less quantity for an open order, its place in the queue kept. */
    public Amended amend(Account account, Order order, long newQty) {
        Market market = market(order.symbol());
        OrderRules.checkAmend(market, order, newQty);
        String asset = order.side() == Side.BUY
                ? market.spec().quoteAsset()
                : market.spec().baseAsset();
        long less = order.origQty() - newQty;
        account.balance(asset).unlock(order.side() == Side.BUY ? Scaled.multiply(order.price(), less) : less);
        market.book().reduce(order, newQty);
        order.touch(clock.nowMs());
        report(account, order, Execution.Type.REPLACED, order.clientOrderId(), order.clientOrderId(), null);
        touched.add(account);
        settle(market);
        return new Amended(order, executionIds);
    }

    /** Fault: the house trades this resting order out of turn. */
    public void hit(Order order, long qty) {
        Market market = market(order.symbol());
        Account house = accounts.values().stream()
                .filter(Account::isHouse)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no house"));
        Side side = order.side().opposite();
        Order.Spec spec = new Order.Spec(
                order.symbol(), generateClientId(), side, OrderType.LIMIT, TimeInForce.IOC, order.price(), qty, 0);
        String asset =
                side == Side.BUY ? market.spec().quoteAsset() : market.spec().baseAsset();
        house.balance(asset).lock(OrderRules.lockAmount(market, spec));
        Order taker = new Order(market.nextOrderId(), house.name(), spec, clock.nowMs());
        house.opened(taker);
        takerFills = new ArrayList<>();
        market.book().hit(order, taker, qty);
        close(market, house, taker);
        settle(market);
    }

    private Placed execute(Market market, Account account, Order.Spec spec) {
        Order order = new Order(market.nextOrderId(), account.name(), spec, clock.nowMs());
        account.opened(order);
        touched.add(account);
        report(account, order, Execution.Type.NEW, order.clientOrderId(), "", null);
        List<Fill> fills = new ArrayList<>();
        takerFills = fills;
        market.book().submit(order);
        if (!order.status().isOpen()) {
            end(market, account, order);
        }
        settle(market);
        return new Placed(order, fills);
    }

    private void end(Market market, Account account, Order order) {
        close(market, account, order);
        if (order.status() == OrderStatus.EXPIRED) {
            report(account, order, Execution.Type.EXPIRED, order.clientOrderId(), "", null);
        }
    }

    /** Gives back what is still locked for the order and moves it to the history. */
    private static void close(Market market, Account account, Order order) {
        long leaves = order.leavesQty();
        if (order.side() == Side.SELL) {
            account.balance(market.spec().baseAsset()).unlock(leaves);
        } else if (order.spec().type() != OrderType.MARKET) {
            account.balance(market.spec().quoteAsset()).unlock(Scaled.multiply(order.price(), leaves));
        }
        account.closed(order);
    }

    private void settle(Market market) {
        long now = clock.nowMs();
        Set<String> assets = Set.of(market.spec().baseAsset(), market.spec().quoteAsset());
        for (Account account : touched) {
            account.touch(now);
            listener.onBalances(account, assets, now);
        }
        touched.clear();
        listener.onSettled(market);
    }

    /** A MARKET order by quote amount becomes one by quantity: as much as that amount trades now. */
    private static Order.Spec inQuantity(Market market, Order.Spec request) {
        if (request.quoteQty() == 0) {
            return request;
        }
        long qty = market.book()
                .qtyForQuote(request.side(), request.quoteQty(), market.spec().stepSize());
        return new Order.Spec(
                request.symbol(),
                request.clientOrderId(),
                request.side(),
                request.type(),
                request.timeInForce(),
                request.price(),
                qty,
                request.quoteQty());
    }

    private void report(
            Account account,
            Order order,
            Execution.Type type,
            String clientOrderId,
            String origClientOrderId,
            @Nullable Fill fill) {
        listener.onExecution(new Execution(
                account, order, type, clientOrderId, origClientOrderId, fill, ++executionIds, clock.nowMs()));
    }

    /** Turns what one book reports into money, fills and public trades. */
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
            Account account = ownerOf(order);
            order.touch(trade.timeMs());
            Fill fill = move(account, order, trade, maker);
            account.filled(fill);
            touched.add(account);
            report(account, order, Execution.Type.TRADE, order.clientOrderId(), "", fill);
            if (maker && order.status() == OrderStatus.FILLED) {
                close(market, account, order);
            }
            return fill;
        }

        private Fill move(Account account, Order order, PublicTrade trade, boolean maker) {
            boolean buys = order.side() == Side.BUY;
            String gets = buys ? market.spec().baseAsset() : market.spec().quoteAsset();
            long received = buys ? trade.qty() : trade.quote();
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
            if (order.side() == Side.SELL) {
                account.balance(market.spec().baseAsset()).spend(trade.qty());
                return;
            }
            Balance quote = account.balance(market.spec().quoteAsset());
            quote.spend(trade.quote());
            if (order.spec().type() != OrderType.MARKET) {
                quote.unlock(Scaled.multiply(order.price(), trade.qty()) - trade.quote());
            }
        }

        private Account ownerOf(Order order) {
            Account account = accounts.get(order.owner());
            if (account == null) {
                throw new IllegalStateException("order without account: owner=" + order.owner());
            }
            return account;
        }
    }
}
