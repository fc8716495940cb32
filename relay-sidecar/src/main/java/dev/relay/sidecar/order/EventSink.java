package dev.relay.sidecar.order;

/** Where committed order events go: Redis or the bus. All calls come from the feed's one thread. */
public interface EventSink extends AutoCloseable {
    /**
     * Makes the way ready and tells the number of the last event that arrived there; later ones follow. May throw: it is
     * tried again after a delay.
     */
    long connect() throws Exception;

    /** Delivers one event; must be idempotent by event number. May throw: the feed connects again and repeats it. */
    void accept(OrderEvent event) throws Exception;

    /** Called whenever nothing waits, at least every 50 ms. May throw. */
    void idle() throws Exception;

    @Override
    void close();
}
