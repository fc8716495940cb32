package dev.relay.sidecar.order;

import java.util.List;

/** Committed events, readable again from the journal. Used by one thread. */
public interface EventSource extends AutoCloseable {
    /** Events with a higher number, lowest first. */
    List<OrderEvent> eventsAfter(long eventNo, int limit);

    @Override
    void close();
}
