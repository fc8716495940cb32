package dev.relay.sidecar.order.redis;

import dev.relay.sidecar.order.EventSink;
import dev.relay.sidecar.order.OrderEvent;
import java.util.function.BooleanSupplier;

/**
 * Fails once a newer sidecar writes to the same Redis, so that this one shows no more orders there, and therefore takes no
 * new ones: two processes must not trade one account. Same thread as the sink behind it.
 *
 * @param isFenced a newer sidecar has taken over; for good
 */
public record UnlessFenced(EventSink sink, BooleanSupplier isFenced) implements EventSink {
    private void check() {
        if (isFenced.getAsBoolean()) {
            throw new IllegalStateException("fenced: a newer sidecar writes to this Redis");
        }
    }

    @Override
    public long connect() throws Exception {
        check();
        return sink.connect();
    }

    @Override
    public void accept(OrderEvent event) throws Exception {
        check();
        sink.accept(event);
    }

    @Override
    public void idle() throws Exception {
        check();
        sink.idle();
    }

    @Override
    public void close() {
        sink.close();
    }
}
