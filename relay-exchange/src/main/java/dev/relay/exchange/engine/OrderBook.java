package dev.relay.exchange.engine;

import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One symbol's book and its matching rule: best price first, oldest order first within a price, trades at the maker's
 * price.
 *
 * <p>Every change of a level's quantity raises {@link #updateId()} by one and is reported, so a reader that applies
 * every reported change in order holds exactly this book. Called by the exchange loop only. Plain and deterministic: no
 * clock, no sockets, no accounts. The number of resting orders is bounded by the caller (open orders per account).
 */
public final class OrderBook {
    private final TreeMap<Long, PriceLevel> bids = new TreeMap<>(Comparator.reverseOrder());
    private final TreeMap<Long, PriceLevel> asks = new TreeMap<>();
    private final BookListener listener;
    private long updateId;

    public OrderBook(long firstUpdateId, BookListener listener) {
        this.updateId = firstUpdateId;
        this.listener = listener;
    }

    public long updateId() {
        return updateId;
    }

    /** The next change has the id 1. */
    public void restartIds() {
        updateId = 0;
    }

    /** Matches the order and, when it is of a resting kind, lets the rest stand in the book; the rest expires else. */
    public void submit(Order order) {
        if (isKilled(order)) {
            order.end(OrderStatus.EXPIRED);
            return;
        }
        match(order);
        if (!order.status().isOpen()) {
            return;
        }
        if (rests(order)) {
            rest(order);
        } else {
            order.end(OrderStatus.EXPIRED);
        }
    }

    /** Takes a resting order out of the book; false when it is not resting. */
    public boolean cancel(Order order) {
        PriceLevel level = order.level;
        if (level == null) {
            return false;
        }
        remove(order, level);
        order.end(OrderStatus.CANCELED);
        publish(order.side(), level);
        return true;
    }

    /** Takes quantity off a resting order, which keeps its place in the queue. The caller has checked the amount. */
    public void reduce(Order order, long newQty) {
        PriceLevel level = restingLevel(order);
        level.qty -= order.origQty() - newQty;
        order.reduceTo(newQty);
        publish(order.side(), level);
    }

    /** Trades a resting order out of turn; for fault scripts. The taker has the opposite side and at least this quantity. */
    public void hit(Order maker, Order taker, long qty) {
        PriceLevel level = restingLevel(maker);
        fill(maker, taker, level, qty);
        publish(maker.side(), level);
    }

    private static PriceLevel restingLevel(Order order) {
        PriceLevel level = order.level;
        if (level == null) {
            throw new IllegalStateException("order does not rest: id=" + order.id());
        }
        return level;
    }

    /** Would a limit order of this side and price trade at once? */
    public boolean wouldTake(Side side, long price) {
        Map.Entry<Long, PriceLevel> best = levels(side.opposite()).firstEntry();
        return best != null && crosses(side, price, best.getKey());
    }

    /** What this quantity would cost or bring now, at most as far as the book reaches. */
    public long quoteFor(Side taker, long qty) {
        long left = qty;
        long quote = 0;
        for (PriceLevel level : levels(taker.opposite()).values()) {
            long take = Math.min(left, level.qty);
            quote += Scaled.multiply(level.price, take);
            left -= take;
            if (left == 0) {
                break;
            }
        }
        return quote;
    }

    /** Quantity, in whole steps, that this quote amount trades now. */
    public long qtyForQuote(Side taker, long quote, long step) {
        long left = quote;
        long qty = 0;
        for (PriceLevel level : levels(taker.opposite()).values()) {
            long affordable = Scaled.divide(left, level.price) / step * step;
            long take = Math.min(affordable, level.qty);
            qty += take;
            left -= Scaled.multiply(level.price, take);
            if (take < level.qty) {
                break;
            }
        }
        return qty;
    }

    /** Best price of a side, or 0 when the side is empty. */
    public long bestPrice(Side side) {
        Map.Entry<Long, PriceLevel> best = levels(side).firstEntry();
        return best == null ? 0 : best.getKey();
    }

    public long bestQty(Side side) {
        Map.Entry<Long, PriceLevel> best = levels(side).firstEntry();
        return best == null ? 0 : best.getValue().qty;
    }

    public int levelCount(Side side) {
        return levels(side).size();
    }

    public long qtyAt(Side side, long price) {
        PriceLevel level = levels(side).get(price);
        return level == null ? 0 : level.qty;
    }

    /** Visits at most {@code limit} levels, best first. */
    public void forEachLevel(Side side, int limit, LevelConsumer consumer) {
        int seen = 0;
        for (PriceLevel level : levels(side).values()) {
            if (seen++ == limit) {
                return;
            }
            consumer.accept(level.price, level.qty);
        }
    }

    private void match(Order taker) {
        NavigableMap<Long, PriceLevel> opposite = levels(taker.side().opposite());
        while (taker.leavesQty() > 0) {
            Map.Entry<Long, PriceLevel> best = opposite.firstEntry();
            if (best == null || !reaches(taker, best.getKey())) {
                return;
            }
            matchLevel(taker, best.getValue());
        }
    }

    private void matchLevel(Order taker, PriceLevel level) {
        while (taker.leavesQty() > 0) {
            Order maker = level.first;
            if (maker == null) {
                break;
            }
            long qty = Math.min(taker.leavesQty(), maker.leavesQty());
            fill(maker, taker, level, qty);
        }
        publish(taker.side().opposite(), level);
    }

    private void fill(Order maker, Order taker, PriceLevel level, long qty) {
        long quote = Scaled.multiply(level.price, qty);
        maker.fill(qty, quote, maker.leavesQty() == qty);
        taker.fill(qty, quote, taker.leavesQty() == qty);
        level.qty -= qty;
        if (maker.leavesQty() == 0) {
            remove(maker, level);
        }
        listener.onFill(maker, taker, level.price, qty, quote);
    }

    private void rest(Order order) {
        PriceLevel level = levels(order.side()).computeIfAbsent(order.price(), PriceLevel::new);
        level.append(order);
        publish(order.side(), level);
    }

    private void remove(Order order, PriceLevel level) {
        level.remove(order);
        if (level.isEmpty()) {
            levels(order.side()).remove(level.price);
        }
    }

    private void publish(Side side, PriceLevel level) {
        listener.onLevel(side, level.price, level.qty, ++updateId);
    }

    private boolean isKilled(Order order) {
        return order.spec().timeInForce() == TimeInForce.FOK && !isFillable(order);
    }

    private boolean isFillable(Order order) {
        long left = order.leavesQty();
        for (PriceLevel level : levels(order.side().opposite()).values()) {
            if (left <= 0 || !reaches(order, level.price)) {
                break;
            }
            left -= level.qty;
        }
        return left <= 0;
    }

    private static boolean rests(Order order) {
        return order.spec().type() != OrderType.MARKET && order.spec().timeInForce() == TimeInForce.GTC;
    }

    private static boolean reaches(Order taker, long makerPrice) {
        return taker.spec().type() == OrderType.MARKET || crosses(taker.side(), taker.price(), makerPrice);
    }

    private static boolean crosses(Side taker, long limit, long makerPrice) {
        return taker == Side.BUY ? makerPrice <= limit : makerPrice >= limit;
    }

    private NavigableMap<Long, PriceLevel> levels(Side side) {
        return side == Side.BUY ? bids : asks;
    }
}
