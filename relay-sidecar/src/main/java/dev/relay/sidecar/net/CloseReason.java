package dev.relay.sidecar.net;

/** Why a WebSocket ended: {@code code} is the peer's close code where it sent one, else 0. */
public record CloseReason(Kind kind, int code, String detail) {

    /** The kinds of end a caller may want to treat differently. */
    public enum Kind {
        /** Name resolution or TCP/TLS connection failed; nothing was ever sent. */
        CONNECT_FAILED,
        /** The peer refused or did not finish the upgrade. */
        HANDSHAKE_FAILED,
        /** The peer sent a close frame. */
        PEER_CLOSED,
        /** The connection broke without a close frame. */
        CONNECTION_LOST,
        /** No frame of any kind arrived within the read timeout. */
        SILENT,
        /** A frame broke the WebSocket rules or a size limit. */
        PROTOCOL_ERROR,
        /** This side asked for the end. */
        LOCAL
    }

    @Override
    public String toString() {
        return kind + (code == 0 ? "" : " code=" + code) + (detail.isEmpty() ? "" : " detail=" + detail);
    }
}
