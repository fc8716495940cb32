package dev.relay.exchange.alpaca;

import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What Alpaca knows of an order beyond the engine: its uuid, its time in force, and how replacing has linked it. Exchange loop only.
 *
 * <p>The uuid is made of symbol and number, so it is the same after a restart of the exchange; time in force and links are not kept, a day order is then good
 * till cancelled.
 */
final class AlpacaOrder {
    private final Order order;
    private final UUID id;
    private String timeInForce;
    private @Nullable UUID replaces;
    private @Nullable UUID replacedBy;
    private boolean hasExpired;

    AlpacaOrder(Order order) {
        this.order = order;
        this.id = idOf(order.symbol(), order.id());
        this.timeInForce = order.spec().timeInForce().name().toLowerCase(java.util.Locale.ROOT);
    }

    static UUID idOf(String symbol, long orderId) {
        return UUID.nameUUIDFromBytes(("order:" + symbol + ":" + orderId).getBytes(StandardCharsets.UTF_8));
    }

    Order order() {
        return order;
    }

    UUID id() {
        return id;
    }

    String timeInForce() {
        return timeInForce;
    }

    void told(AlpacaUpdates.@Nullable Expected more) {
        if (more != null) {
            timeInForce = more.timeInForce();
            replaces = more.replaces();
        }
    }

    boolean isDay() {
        return timeInForce.equals("day");
    }

    @Nullable
    UUID replaces() {
        return replaces;
    }

    @Nullable
    UUID replacedBy() {
        return replacedBy;
    }

    void replacedBy(UUID successor) {
        replacedBy = successor;
    }

    /** In Alpaca's words. What IOC and FOK leave is cancelled there; a day order expires. */
    String status() {
        return switch (order.status()) {
            case NEW -> "new";
            case PARTIALLY_FILLED -> "partially_filled";
            case FILLED -> "filled";
            case CANCELED -> replacedBy != null ? "replaced" : hasExpired ? "expired" : "canceled";
            case EXPIRED -> "canceled";
        };
    }

    /** The cancel under way is the end of its day. */
    void expire() {
        hasExpired = true;
    }

    boolean isOpen() {
        return order.status() == OrderStatus.NEW || order.status() == OrderStatus.PARTIALLY_FILLED;
    }
}
