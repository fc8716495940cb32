package dev.relay.sidecar.order;

import org.jspecify.annotations.Nullable;

/** What an agent asks of the executor, already checked for form. */
public sealed interface OrderRequest {
    /**
     * A new order.
     *
     * @param expiresAtMs monotonic time after which the order must not be written
     */
    record Place(String clientId, String agent, String symbol, OrderTerms terms, long expiresAtMs)
            implements OrderRequest {}

    record Cancel(String clientId, String agent) implements OrderRequest {}

    record Status(String clientId) implements OrderRequest {}

    /**
     * Cancels of all open orders.
     *
     * @param symbol null: all symbols
     */
    record CancelAll(@Nullable String symbol) implements OrderRequest {}
}
