package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.List;
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

    /**
     * Other terms for an open order.
     *
     * @param newClientId the id of the order that takes its place, where the venue cannot change it as it stands
     * @param price null: as it is
     * @param quantity in all, executed part included; null: as it is
     * @param expiresAtMs monotonic time after which nothing must be written
     */
    record Amend(
            String clientId,
            String agent,
            String newClientId,
            @Nullable BigDecimal price,
            @Nullable BigDecimal quantity,
            long expiresAtMs)
            implements OrderRequest {}

    /**
     * The open orders that the agent wants to have in this symbol, and no others.
     *
     * @param parentId from which the ids of new orders are made
     * @param wanted with the quantity still to be executed
     */
    record Quotes(String agent, String symbol, String parentId, List<OrderTerms> wanted, long expiresAtMs)
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
