package dev.relay.sidecar.order;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What an order asks for. {@code price} and {@code timeInForce} are absent on MARKET orders. */
public record OrderTerms(
        Side side,
        OrderType type,
        @Nullable BigDecimal price,
        BigDecimal quantity,
        @Nullable TimeInForce timeInForce) {
    public OrderTerms withQuantity(BigDecimal other) {
        return new OrderTerms(side, type, price, other, timeInForce);
    }

    public OrderTerms withPrice(BigDecimal other) {
        return new OrderTerms(side, type, other, quantity, timeInForce);
    }

    public OrderTerms {
        if (quantity.signum() < 0) {
            throw new IllegalArgumentException("quantity must not be negative, quantity=" + quantity.toPlainString());
        }
    }
}
