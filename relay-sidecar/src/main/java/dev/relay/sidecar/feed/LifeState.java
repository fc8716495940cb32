package dev.relay.sidecar.feed;

/** Where a connection's life stands; each constant says what it waits for. */
public enum LifeState {
    /** To be started. */
    IDLE,
    /** The upgrade. */
    CONNECTING,
    /** The venue's confirmation of the subscription. */
    SUBSCRIBING,
    /** Nothing: events arrive. */
    STREAMING,
    /** A younger connection, while the old one still serves. */
    ROTATING,
    /** The end of the delay, or of the venue's limit on attempts. */
    BACKING_OFF,
    /** Nothing, it was closed. */
    CLOSED
}
