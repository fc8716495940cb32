package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import java.util.regex.Pattern;

/** What an order must satisfy before it reaches the book: the symbol's filters, a free client id, enough funds. */
final class OrderRules {
    static final int MAX_NUM_ORDERS = 200;
    static final int PERCENT_UP = 5;
    static final int PERCENT_DOWN_DIVISOR = 5;

    private static final String CLIENT_ID_RANGE = "^[\\.A-Z\\:/a-z0-9_-]{1,36}$";
    private static final Pattern CLIENT_ID = Pattern.compile(CLIENT_ID_RANGE);

    private OrderRules() {}

    static void check(Market market, Account account, Order.Spec order) {
        checkClientId(account, order);
        checkPrice(market, order);
        checkQty(market, order);
        checkNotional(market, order);
        checkOpenOrders(account, order);
        if (order.type() == OrderType.LIMIT_MAKER && market.book().wouldTake(order.side(), order.price())) {
            throw rejected("Order would immediately match and take.");
        }
    }

    /** What the order locks: price times quantity, or what the book asks now for a MARKET buy. */
    static long lockAmount(Market market, Order.Spec order) {
        if (order.side() == Side.SELL) {
            return order.qty();
        }
        return order.type() == OrderType.MARKET
                ? market.book().quoteFor(Side.BUY, order.qty())
                : Scaled.multiply(order.price(), order.qty());
    }

    static void checkFunds(Account account, String asset, long amount) {
        if (account.balance(asset).free() < amount) {
            throw rejected("Account has insufficient balance for requested action.");
        }
    }

    /** Only downwards, in whole steps, and not below what has been executed. */
    static void checkAmend(Market market, Order order, long newQty) {
        SymbolSpec spec = market.spec();
        if (newQty < spec.stepSize() || newQty % spec.stepSize() != 0) {
            throw filter("LOT_SIZE");
        }
        if (newQty >= order.origQty() || newQty <= order.executedQty()) {
            throw new Refusal(
                    ErrorCode.AMEND_REJECTED, "Order amend (quantity increase or no change) is not supported.");
        }
        if (Scaled.multiply(order.price(), newQty) < spec.minNotional()) {
            throw filter("NOTIONAL");
        }
    }

    static Refusal rejected(String message) {
        return new Refusal(ErrorCode.NEW_ORDER_REJECTED, message);
    }

    private static void checkClientId(Account account, Order.Spec order) {
        if (!CLIENT_ID.matcher(order.clientOrderId()).matches()) {
            throw new Refusal(
                    ErrorCode.ILLEGAL_CHARS,
                    "Illegal characters found in parameter 'newClientOrderId'; legal range is '" + CLIENT_ID_RANGE
                            + "'.");
        }
        if (account.openOrder(order.symbol(), order.clientOrderId()) != null) {
            throw rejected("Duplicate order sent.");
        }
    }

    private static void checkPrice(Market market, Order.Spec order) {
        if (order.type() == OrderType.MARKET) {
            return;
        }
        SymbolSpec spec = market.spec();
        if (order.price() < spec.tickSize()
                || order.price() > spec.maxPrice()
                || order.price() % spec.tickSize() != 0) {
            throw filter("PRICE_FILTER");
        }
        long reference = market.lastPrice();
        if (order.price() > reference * PERCENT_UP || order.price() < reference / PERCENT_DOWN_DIVISOR) {
            throw filter("PERCENT_PRICE_BY_SIDE");
        }
    }

    private static void checkQty(Market market, Order.Spec order) {
        SymbolSpec spec = market.spec();
        boolean byQuote = order.quoteQty() > 0;
        if (byQuote && order.qty() == 0) {
            return;
        }
        if (order.qty() < spec.stepSize() || order.qty() > spec.maxQty() || order.qty() % spec.stepSize() != 0) {
            throw filter("LOT_SIZE");
        }
    }

    private static void checkNotional(Market market, Order.Spec order) {
        long price = order.type() == OrderType.MARKET ? market.lastPrice() : order.price();
        long notional = order.quoteQty() > 0 ? order.quoteQty() : Scaled.multiply(price, order.qty());
        if (notional < market.spec().minNotional()) {
            throw filter("NOTIONAL");
        }
    }

    private static void checkOpenOrders(Account account, Order.Spec order) {
        if (!account.isHouse() && account.openOrders(order.symbol()).size() >= MAX_NUM_ORDERS) {
            throw filter("MAX_NUM_ORDERS");
        }
    }

    private static Refusal filter(String name) {
        return new Refusal(ErrorCode.INVALID_MESSAGE, "Filter failure: " + name);
    }
}
