package dev.relay.sidecar.feed;

import dev.relay.sidecar.net.CloseReason;

/** Why a market-data connection ended; counted each. */
public enum EndReason {
    CONNECT_FAILED,
    HANDSHAKE_FAILED,
    PEER_CLOSED,
    CONNECTION_LOST,
    PROTOCOL_ERROR,
    /** No frame of any kind, not even a pong, within the watchdog's time. */
    SILENT,
    /** Frames came, but no market data where data had flowed before. */
    DATA_SILENT,
    /** Upgrade and subscription took too long. */
    SETUP_TIMEOUT,
    /** The venue refused the subscription. */
    REFUSED,
    /** A frame that could not be read: any book may have missed a change. */
    BROKEN_FRAME,
    /** Replaced by a younger connection. */
    ROTATED,
    /** This side closed it for good. */
    CLOSED;

    static EndReason of(CloseReason reason) {
        return switch (reason.kind()) {
            case CONNECT_FAILED -> CONNECT_FAILED;
            case HANDSHAKE_FAILED -> HANDSHAKE_FAILED;
            case PEER_CLOSED -> PEER_CLOSED;
            case CONNECTION_LOST, LOCAL -> CONNECTION_LOST;
            case SILENT -> SILENT;
            case PROTOCOL_ERROR -> PROTOCOL_ERROR;
        };
    }
}
