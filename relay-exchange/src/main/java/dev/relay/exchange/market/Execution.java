package dev.relay.exchange.market;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import org.jspecify.annotations.Nullable;

/**
 * One step in an order's life, as its owner is told. The order is live: read it at once, do not keep it.
 *
 * @param clientOrderId the order's own id, or for a cancel the id of the cancel
 * @param origClientOrderId for a cancel the order's own id, else empty
 * @param fill the trade, only for {@link Type#TRADE}
 */
public record Execution(
        Account account,
        Order order,
        Type type,
        String clientOrderId,
        String origClientOrderId,
        @Nullable Fill fill,
        long executionId,
        long timeMs) {

    /** Execution types in the venue's words. */
    public enum Type {
        NEW,
        TRADE,
        CANCELED,
        /** Its quantity was reduced. */
        REPLACED,
        EXPIRED
    }
}
