package dev.relay.exchange.stream;

/** Where one connection's text messages leave. An outlet whose peer reads too slowly closes it and counts that. */
@FunctionalInterface
public interface Outlet {
    void send(byte[] json);

    /** The same in a binary frame, for venues that speak JSON so. */
    default void sendBinary(byte[] json) {
        send(json);
    }
}
