package dev.relay.sidecar.order;

import java.util.Map;

/**
 * The bus as the order side sees it. Called on the thread "orders-bus", which it may block; an exception means "not taken"
 * and the same event with the same id comes again, so a repeat is a duplicate for the bus, never a second event.
 */
public interface OrderBus {
    void publish(String topic, String kind, byte[] id16, Map<String, Object> event);
}
