package dev.relay.exchange.stream;

/** What stands behind one WebSocket connection. Called by the exchange loop. */
public interface SocketSession {
    /** The connection is open; the session may speak. */
    default void onStarted() {}

    /** A text message came in. */
    void onText(String text);

    /** The connection is gone, whoever closed it. */
    void onClosed();

    /** The venue is about to stop. */
    void onShutdown();

    /** Counts one incoming message, control frames included; false when the peer sends too many. */
    boolean admitMessage();
}
