package dev.relay.daemon.session;

/** Why a connection ended: one word in logs and metrics. */
public enum CloseReason {
    /** The peer closed or reset it. */
    EOF,
    /** The client said GOODBYE. */
    GOODBYE,
    /** Another session took the name, or the epoch is old. */
    FENCED,
    /** 30 s without a frame. */
    SILENT,
    /** HELLO was refused. */
    REFUSED,
    /** No HELLO in time. */
    HANDSHAKE_TIMEOUT,
    /** Bytes that break the protocol. */
    BAD_FRAME,
    /** Too many connections without HELLO, or a peer that does not read. */
    OVERLOADED,
    /** The daemon stops. */
    SHUTDOWN
}
