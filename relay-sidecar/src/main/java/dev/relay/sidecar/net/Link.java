package dev.relay.sidecar.net;

/** One open or opening message connection, as a feed sees it. */
public interface Link {
    /** Writes one text message. False: not open, or too many bytes are waiting; nothing was written then. */
    boolean send(String text);

    boolean isOpen();

    /** Runs {@code drained} once everything sent so far has left this process, or the connection is gone; any thread. */
    default void drain(Runnable drained) {
        drained.run();
    }

    /** Ends it; onClosed(LOCAL) follows unless it had ended already. */
    void close();

    /** Monotonic milliseconds of the last bytes read, control frames included. */
    long lastReadAtMs();
}
