package dev.relay.sidecar.order;

/**
 * Bounds and times of the executor; times in milliseconds.
 *
 * @param maxOpenOrders places are refused above it
 * @param graceMs time after a request's last acceptance by the venue before "not found" counts
 * @param firstQueryMs wait before the first query of a doubt is repeated; doubles up to {@code maxQueryMs}
 * @param reconcileMs period of the full comparison with the venue while connected
 */
public record OrderLimits(int maxOpenOrders, long graceMs, long firstQueryMs, long maxQueryMs, long reconcileMs) {
    public OrderLimits {
        if (maxOpenOrders < 1 || graceMs < 0 || firstQueryMs < 1 || maxQueryMs < firstQueryMs || reconcileMs < 1) {
            throw new IllegalArgumentException("order limits out of range: maxOpenOrders=" + maxOpenOrders
                    + " graceMs=" + graceMs + " firstQueryMs=" + firstQueryMs + " maxQueryMs=" + maxQueryMs
                    + " reconcileMs=" + reconcileMs);
        }
    }

    /** 1,000 open orders, 10 s grace, queries after 200 ms up to 5 s, reconciliation every 15 s. */
    public static OrderLimits defaults() {
        return new OrderLimits(1_000, 10_000, 200, 5_000, 15_000);
    }
}
