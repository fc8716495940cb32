package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Accounts;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exchange itself: markets, accounts, and what one request does to them. Trades are cleared by {@link Clearing};
 * everything else only translates.
 *
 * <p>Life of an order: rules are checked, funds locked, the owner told NEW, the book matches, each fill moves money on
 * both sides and is told to both owners, the rest stands or expires. All of it happens inside one call on the exchange
 * loop, so nobody ever sees half a request.
 *
 * <p>Deterministic: time comes from the clock given, ids from counters. Refusals are thrown as {@link Refusal} before
 * anything changed.
 */
public final class Venue {
    private final ExchangeClock clock;
    private final Commission commission;
    private final Accounts accounts = new Accounts();
    private final Clearing clearing;
    private final Map<String, Market> markets = new LinkedHashMap<>();
    private long generatedClientIds;

    public Venue(ExchangeClock clock, Commission commission, List<SymbolSpec> symbols, VenueListener listener) {
        this.clock = clock;
        this.commission = commission;
        this.clearing = new Clearing(clock, commission, accounts, listener);
        for (SymbolSpec spec : symbols) {
            markets.put(spec.symbol(), new Market(spec, clearing::watch));
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

    public Accounts accounts() {
        return accounts;
    }

    public Market market(String symbol) {
        Market market = markets.get(symbol);
        if (market == null) {
            throw new Refusal(ErrorCode.BAD_SYMBOL, "Invalid symbol.");
        }
        return market;
    }

    /** Commission taken so far per asset, scaled by 10^8. */
    public Map<String, Long> feesCollected() {
        return clearing.feesCollected();
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
        return clearing.executionIds();
    }

    /** Before anybody trades: execution ids go on behind this one. */
    public void resumeAfterExecution(long executionId) {
        clearing.resumeAfterExecution(executionId);
    }

    public Placed place(Account account, Order.Spec request) {
        Market market = market(request.symbol());
        OrderRules.check(market, account, request);
        Order.Spec spec = inQuantity(market, request);
        String asset = market.spec().assetSpent(spec.side());
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
        clearing.close(market, account, order);
        clearing.report(account, order, Execution.Type.CANCELED, cancelId, order.clientOrderId(), null);
        clearing.settle(market);
        return new Cancelled(order, cancelId);
    }

    /** Less quantity for an open order, its place in the queue kept. */
    public Amended amend(Account account, Order order, long newQty) {
        Market market = market(order.symbol());
        OrderRules.checkAmend(market, order, newQty);
        long less = order.origQty() - newQty;
        account.balance(market.spec().assetSpent(order.side()))
                .unlock(order.side() == Side.BUY ? Scaled.multiply(order.price(), less) : less);
        market.book().reduce(order, newQty);
        order.touch(clock.nowMs());
        clearing.report(account, order, Execution.Type.REPLACED, order.clientOrderId(), order.clientOrderId(), null);
        clearing.settle(market);
        return new Amended(order, clearing.executionIds());
    }

    /** Fault: the house trades this resting order out of turn. */
    public void hit(Order order, long qty) {
        Market market = market(order.symbol());
        Account house = accounts.house();
        Side side = order.side().opposite();
        Order.Spec spec = new Order.Spec(
                order.symbol(), generateClientId(), side, OrderType.LIMIT, TimeInForce.IOC, order.price(), qty, 0);
        house.balance(market.spec().assetSpent(side)).lock(OrderRules.lockAmount(market, spec));
        Order taker = new Order(market.nextOrderId(), house.name(), spec, clock.nowMs());
        house.opened(taker);
        clearing.newTaker();
        market.book().hit(order, taker, qty);
        clearing.close(market, house, taker);
        clearing.settle(market);
    }

    private Placed execute(Market market, Account account, Order.Spec spec) {
        Order order = new Order(market.nextOrderId(), account.name(), spec, clock.nowMs());
        account.opened(order);
        clearing.report(account, order, Execution.Type.NEW, order.clientOrderId(), "", null);
        List<Fill> fills = clearing.newTaker();
        market.book().submit(order);
        if (!order.status().isOpen()) {
            end(market, account, order);
        }
        clearing.settle(market);
        return new Placed(order, fills);
    }

    private void end(Market market, Account account, Order order) {
        clearing.close(market, account, order);
        if (order.status() == OrderStatus.EXPIRED) {
            clearing.report(account, order, Execution.Type.EXPIRED, order.clientOrderId(), "", null);
        }
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
}
