package dev.relay.exchange;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Copies of what the venue holds, for verdicts. Called by the exchange loop only; what it returns is immutable. */
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
                .forEach((asset, balance) ->
                        views.put(asset, new BalanceView(plain(balance.free()), plain(balance.locked()))));
        return views;
    }

    List<OpenOrder> openOrdersOf(String apiKey) {
        return account(apiKey).openOrders(null).stream().map(Truth::openOrder).toList();
    }

    private Account account(String apiKey) {
        Account account = venue.accountOf(apiKey);
        if (account == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return account;
    }

    private static List<BookView.Level> levels(OrderBook book, Side side, int depth) {
        List<BookView.Level> levels = new ArrayList<>();
        book.forEachLevel(side, depth, (price, qty) -> levels.add(new BookView.Level(plain(price), plain(qty))));
        return List.copyOf(levels);
    }

    private static Trade trade(Fill fill) {
        return new Trade(
                fill.symbol(),
                fill.tradeId(),
                fill.orderId(),
                fill.clientOrderId(),
                fill.side().name(),
                plain(fill.price()),
                plain(fill.qty()),
                plain(fill.quote()),
                plain(fill.commission()),
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
                plain(order.price()),
                plain(order.origQty()),
                plain(order.executedQty()),
                order.status().name());
    }

    private static String plain(long scaled) {
        return scaled == 0 ? "0" : Scaled.toDecimal(scaled).stripTrailingZeros().toPlainString();
    }
}
