package dev.relay.sidecar.venue;

/** Where a venue's market-data connection stands; each constant says what it waits for. */
public enum FeedState {
    /** The instruments' precision. */
    LOADING,
    /** The connection's upgrade. */
    CONNECTING,
    /** The venue's answer to the subscription. */
    SUBSCRIBING,
    /** Nothing: events arrive. */
    STREAMING,
    /** The end of the reconnect delay. */
    BACKING_OFF,
    /** Nothing, it was closed. */
    CLOSED
}
