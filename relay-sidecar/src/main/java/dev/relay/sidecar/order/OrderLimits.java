package dev.relay.sidecar.order;

/**
 * Bounds and times of the executor; times in milliseconds.
 *
 * @param maxOpenOrders places are refused above it
 * @param graceMs time after a request's last acceptance by the venue before "not found" counts
 * @param firstQueryMs wait before the first query of a doubt is repeated; doubles up to {@code maxQueryMs}
 * @param reconcileMs period of the full comparison with the venue while connected
 * @param stuckMs an order found open after its place was without an outcome for so long is cancelled
 * @param ordersPerSecond budget of one agent
 * @param orderBurst what a rested agent may place at once and a reserve of a fifth that only its cancels use
 */
public record OrderLimits(
        int maxOpenOrders,
        long graceMs,
        long firstQueryMs,
        long maxQueryMs,
        long reconcileMs,
        long stuckMs,
        int ordersPerSecond,
        int orderBurst) {
    public OrderLimits {
        if (maxOpenOrders < 1
                || graceMs < 0
                || firstQueryMs < 1
                || maxQueryMs < firstQueryMs
                || reconcileMs < 1
                || stuckMs < 1) {
            throw new IllegalArgumentException("order limits out of range: maxOpenOrders=" + maxOpenOrders
                    + " graceMs=" + graceMs + " firstQueryMs=" + firstQueryMs + " maxQueryMs=" + maxQueryMs
                    + " reconcileMs=" + reconcileMs + " stuckMs=" + stuckMs);
        }
    }

    /** 1,000 open orders, 10 s grace, queries after 200 ms up to 5 s, reconciliation every 15 s, orders stuck after 10 s, 20 orders a second an agent, 40 at once. */
    public static OrderLimits defaults() {
        return new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 20, 50);
    }
}
