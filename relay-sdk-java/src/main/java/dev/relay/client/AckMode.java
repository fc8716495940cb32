package dev.relay.client;

/** When a message counts as handled. */
public enum AckMode {
    /** The handler returned. */
    ON_SUCCESS,
    /** {@link Message#ack} was called, in the handler or later. */
    MANUAL
}
