package dev.relay.sidecar.order;

import dev.relay.sidecar.journal.JournalReader;
import dev.relay.sidecar.order.redis.OrderProjection;
import java.util.List;
import java.util.Map;

/** A journal reader as the event feeds and a full republish need it; used by one thread. */
record JournalView(JournalReader reader) implements EventSource, OrderProjection.ProjectionSource {
    @Override
    public List<OrderEvent> eventsAfter(long eventNo, int limit) {
        return reader.eventsAfter(eventNo, limit);
    }

    @Override
    public List<Map<String, String>> openOrders() {
        return reader.openOrders();
    }

    @Override
    public List<Map<String, String>> endedOrders(int limit) {
        return reader.endedOrders(limit);
    }

    @Override
    public List<Map<String, String>> positions() {
        return reader.positions();
    }

    @Override
    public long lastEventNo() {
        return reader.lastEventNo();
    }

    @Override
    public void close() {
        reader.close();
    }
}
