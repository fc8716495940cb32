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
    /** The same order, however its numbers are written. */
    public boolean isSameAs(OrderTerms other) {
        boolean isSamePrice =
                price == null ? other.price == null : other.price != null && price.compareTo(other.price) == 0;
        return isSamePrice
                && side == other.side
                && type == other.type
                && timeInForce == other.timeInForce
                && quantity.compareTo(other.quantity) == 0;
    }

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
