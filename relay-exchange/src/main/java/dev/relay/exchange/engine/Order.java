package dev.relay.exchange.engine;

import org.jspecify.annotations.Nullable;

/**
 * One order of one account. Owned by the exchange loop; the engine changes the fill state, the book the links, nobody
 * else writes. Prices and quantities are scaled by 10^8.
 */
public final class Order {
    /** What the owner asked for; never changes. A MARKET order has price 0, and either qty or quoteQty set. */
    public record Spec(
            String symbol,
            String clientOrderId,
            Side side,
            OrderType type,
            TimeInForce timeInForce,
            long price,
            long qty,
            long quoteQty) {}

    private final long id;
    private final String owner;
    private final Spec spec;
    private final long createdAtMs;
    private long qty;
    private long updatedAtMs;
    private OrderStatus status = OrderStatus.NEW;
    private long executedQty;
    private long executedQuote;

    /** Links in the level's queue; null when not resting. Written by {@link PriceLevel} only. */
    @Nullable
    PriceLevel level;

    @Nullable
    Order previous;

    @Nullable
    Order next;

    public Order(long id, String owner, Spec spec, long createdAtMs) {
        this.id = id;
        this.owner = owner;
        this.spec = spec;
        this.qty = spec.qty();
        this.createdAtMs = createdAtMs;
        this.updatedAtMs = createdAtMs;
    }

    /** An order as a former life of the exchange left it. */
    public static Order restored(
            long id,
            String owner,
            Spec spec,
            long createdAtMs,
            long updatedAtMs,
            OrderStatus status,
            long executedQty,
            long executedQuote) {
        Order order = new Order(id, owner, spec, createdAtMs);
        order.updatedAtMs = updatedAtMs;
        order.status = status;
        order.executedQty = executedQty;
        order.executedQuote = executedQuote;
        return order;
    }

    public long id() {
        return id;
    }

    /** Account name, not its key. */
    public String owner() {
        return owner;
    }

    public Spec spec() {
        return spec;
    }

    public String symbol() {
        return spec.symbol();
    }

    public String clientOrderId() {
        return spec.clientOrderId();
    }

    public Side side() {
        return spec.side();
    }

    public long price() {
        return spec.price();
    }

    /** Less is asked for; the rest stays where it is in the queue. */
    void reduceTo(long newQty) {
        qty = newQty;
    }

    /** Ordered quantity; for a MARKET order by quote amount, what has been executed so far. */
    public long origQty() {
        return spec.quoteQty() > 0 ? executedQty : qty;
    }

    public long executedQty() {
        return executedQty;
    }

    public long executedQuote() {
        return executedQuote;
    }

    /** Quantity left to trade of an order by quantity. */
    public long leavesQty() {
        return qty - executedQty;
    }

    public OrderStatus status() {
        return status;
    }

    public long createdAtMs() {
        return createdAtMs;
    }

    public long updatedAtMs() {
        return updatedAtMs;
    }

    public boolean isResting() {
        return level != null;
    }

    void fill(long qty, long quote, boolean complete) {
        executedQty += qty;
        executedQuote += quote;
        status = complete ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED;
    }

    void end(OrderStatus terminal) {
        status = terminal;
    }

    /** Stamps the last change; the caller owns the clock. */
    public void touch(long nowMs) {
        updatedAtMs = nowMs;
    }
}
