package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What the open orders of one symbol still ask for, kept with each change of an order, so that a check reads five numbers
 * instead of every open order. Owned by the thread "orders".
 */
public final class OpenSums {
    /** A symbol without open orders. */
    public static final OpenSums NONE = new OpenSums();

    private BigDecimal buys = BigDecimal.ZERO;
    private BigDecimal sells = BigDecimal.ZERO;
    private BigDecimal intentValue = BigDecimal.ZERO;
    private BigDecimal intentMarketBuys = BigDecimal.ZERO;
    private BigDecimal intentSells = BigDecimal.ZERO;

    /** What one order adds to the sums. */
    public record Part(
            Side side,
            BigDecimal remaining,
            boolean isIntent,
            @Nullable BigDecimal price) {
        public static Part of(OrderView order) {
            boolean isIntent = !order.state().isAcknowledged();
            BigDecimal price = order.terms().type() == OrderType.MARKET
                    ? null
                    : order.terms().price();
            return new Part(order.terms().side(), OpenSums.remainingOf(order), isIntent, price);
        }
    }

    static BigDecimal remainingOf(OrderView order) {
        return order.terms().quantity().subtract(order.filled()).max(BigDecimal.ZERO);
    }

    public void add(Part part) {
        change(part, part.remaining());
    }

    public void remove(Part part) {
        change(part, part.remaining().negate());
    }

    private void change(Part part, BigDecimal amount) {
        BigDecimal price = part.price();
        if (part.side() == Side.SELL) {
            sells = sells.add(amount);
            intentSells = part.isIntent() ? intentSells.add(amount) : intentSells;
            return;
        }
        buys = buys.add(amount);
        if (part.isIntent() && price == null) {
            intentMarketBuys = intentMarketBuys.add(amount);
        } else if (part.isIntent() && price != null) {
            intentValue = intentValue.add(amount.multiply(price));
        }
    }

    /** Quantity still to be executed on this side. */
    BigDecimal open(Side side) {
        return side == Side.BUY ? buys : sells;
    }

    /** What intents, which the venue has not locked funds for, will cost: quote for buys, base for sells. */
    BigDecimal intentCost(Side side, BigDecimal mark) {
        return side == Side.SELL ? intentSells : intentValue.add(intentMarketBuys.multiply(mark));
    }
}
