package dev.relay.sidecar.order;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A committed transition as text, the same whether it comes straight from the executor or is read again from the journal.
 *
 * @param order the order's fields after it
 * @param event what agents get on the bus and in the stream
 * @param position the position's fields after it, present when it booked a fill
 */
public record OrderEvent(
        long eventNo,
        Map<String, String> order,
        Map<String, String> event,
        @Nullable Map<String, String> position) {

    public static OrderEvent of(Transition transition) {
        PositionView position = transition.position();
        return new OrderEvent(
                transition.eventNo(),
                transition.order().toFields(),
                transition.toEventFields(),
                position == null ? null : position.toFields());
    }

    /** A field that every order has. */
    public String orderField(String name) {
        String value = order.get(name);
        if (value == null) {
            throw new IllegalStateException("order event lacks field=" + name);
        }
        return value;
    }
}
