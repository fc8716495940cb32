package dev.relay.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.OrderShapes;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Copies of what the venue holds, for verdicts, and what fault scripts do to it by hand. Called by the exchange loop only; what it returns is immutable. */
final class Truth {
    private final Venue venue;

    Truth(Venue venue) {
        this.venue = venue;
    }

    BookView book(String symbol, int depth) {
        OrderBook book = venue.market(symbol).book();
        return new BookView(symbol, book.updateId(), levels(book, Side.BUY, depth), levels(book, Side.SELL, depth));
    }

    List<Trade> tradesOf(String apiKey) {
        return account(apiKey).fills().stream().map(Truth::trade).toList();
    }

    Map<String, BalanceView> balancesOf(String apiKey) {
        Map<String, BalanceView> views = new TreeMap<>();
        account(apiKey)
                .balances()
                .forEach((asset, balance) -> views.put(
                        asset, new BalanceView(Scaled.plain(balance.free()), Scaled.plain(balance.locked()))));
        return views;
    }

    List<OpenOrder> openOrdersOf(String apiKey) {
        return account(apiKey).openOrders(null).stream().map(Truth::openOrder).toList();
    }

    List<OpenOrder> ordersOf(String apiKey) {
        List<Order> all = account(apiKey).closedOrders(null);
        all.addAll(account(apiKey).openOrders(null));
        return all.stream().map(Truth::openOrder).toList();
    }

    JsonNode openOrdersJson(String apiKey) {
        ArrayNode array = Json.array();
        account(apiKey).openOrders(null).forEach(order -> array.add(OrderShapes.order(order)));
        return array;
    }

    void hit(String apiKey, String symbol, String clientOrderId, double share) {
        Order order = account(apiKey).openOrder(symbol, clientOrderId);
        if (order == null || !order.isResting()) {
            return;
        }
        long step = venue.market(symbol).spec().stepSize();
        long part = (long) (order.leavesQty() * share) / step * step;
        venue.hit(order, Math.min(order.leavesQty(), Math.max(step, part)));
    }

    void manualOrder(String apiKey, String symbol, String side, String price, String qty) {
        venue.place(
                account(apiKey),
                new Order.Spec(
                        symbol,
                        venue.generateClientId(),
                        Side.valueOf(side),
                        OrderType.LIMIT,
                        TimeInForce.GTC,
                        Scaled.of(price),
                        Scaled.of(qty),
                        0));
    }

    void cancelAllOf(String apiKey) {
        Account account = account(apiKey);
        account.openOrders(null).forEach(order -> venue.cancel(account, order, null));
    }

    private Account account(String apiKey) {
        Account account = venue.accounts().ofKey(apiKey);
        if (account == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return account;
    }

    private static List<BookView.Level> levels(OrderBook book, Side side, int depth) {
        List<BookView.Level> levels = new ArrayList<>();
        book.forEachLevel(
                side, depth, (price, qty) -> levels.add(new BookView.Level(Scaled.plain(price), Scaled.plain(qty))));
        return List.copyOf(levels);
    }

    private static Trade trade(Fill fill) {
        return new Trade(
                fill.symbol(),
                fill.tradeId(),
                fill.orderId(),
                fill.clientOrderId(),
                fill.side().name(),
                Scaled.plain(fill.price()),
                Scaled.plain(fill.qty()),
                Scaled.plain(fill.quote()),
                Scaled.plain(fill.commission()),
                fill.commissionAsset(),
                fill.timeMs(),
                fill.maker());
    }

    private static OpenOrder openOrder(Order order) {
        return new OpenOrder(
                order.symbol(),
                order.id(),
                order.clientOrderId(),
                order.side().name(),
                order.spec().type().name(),
                Scaled.plain(order.price()),
                Scaled.plain(order.origQty()),
                Scaled.plain(order.executedQty()),
                order.status().name());
    }
}
