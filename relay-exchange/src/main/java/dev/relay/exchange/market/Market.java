package dev.relay.exchange.market;

import dev.relay.exchange.engine.BookListener;
import dev.relay.exchange.engine.OrderBook;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One symbol in trading: its book, its newest {@link #TRADE_LIMIT} trades (older ones are dropped) and its id counters. */
public final class Market {
    public static final int TRADE_LIMIT = 1000;

    private static final long ID_GAP = 1_000_000;

    private final SymbolSpec spec;
    private final OrderBook book;
    private final Deque<PublicTrade> trades = new ArrayDeque<>();
    private long lastPrice;
    private long orderIds;
    private long tradeIds;

    Market(SymbolSpec spec, BookListenerOf listeners) {
        this.spec = spec;
        this.lastPrice = spec.startPrice();
        this.book = new OrderBook(1000, listeners.of(this));
    }

    /** Makes the listener that knows its market. */
    @FunctionalInterface
    interface BookListenerOf {
        BookListener of(Market market);
    }

    public SymbolSpec spec() {
        return spec;
    }

    public String symbol() {
        return spec.symbol();
    }

    public OrderBook book() {
        return book;
    }

    /** Price of the last trade; the start price before the first. */
    public long lastPrice() {
        return lastPrice;
    }

    /** Newest last, at most this many. */
    public List<PublicTrade> lastTrades(int limit) {
        List<PublicTrade> all = new ArrayList<>(trades);
        return all.subList(Math.max(0, all.size() - limit), all.size());
    }

    /** Ids go on behind everything that a former life may have given away, the house's orders included. */
    void resumeAfterOrder(long orderId) {
        orderIds = Math.max(orderIds, orderId + ID_GAP);
    }

    void resumeAfterTrade(long tradeId, long price) {
        tradeIds = Math.max(tradeIds, tradeId + ID_GAP);
        lastPrice = price;
    }

    /** The id that the next accepted order will get. */
    public long upcomingOrderId() {
        return orderIds + 1;
    }

    long nextOrderId() {
        return ++orderIds;
    }

    long nextTradeId() {
        return ++tradeIds;
    }

    void traded(PublicTrade trade) {
        lastPrice = trade.price();
        trades.addLast(trade);
        if (trades.size() > TRADE_LIMIT) {
            trades.removeFirst();
        }
    }
}
