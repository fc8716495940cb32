package dev.relay.sidecar.net;

/**
 * Limits of one WebSocket connection.
 *
 * @param connectTimeoutMs time for TCP and, separately, for the upgrade
 * @param pingAfterMs silence after which a ping is sent, and again each such time
 * @param readTimeoutMs silence (no frame, not even a ping) after which the connection counts as dead
 * @param maxFrameBytes largest message accepted; a larger one ends the connection with PROTOCOL_ERROR
 * @param maxOutboundBytes bytes waiting to be written above which {@link WsClient#send} refuses
 * @param offersCompression per-message compression, which saves bandwidth and costs time for every message
 * @param acceptsBinary a binary message counts as text; else it ends the connection with PROTOCOL_ERROR
 */
public record WsConfig(
        int connectTimeoutMs,
        int pingAfterMs,
        int readTimeoutMs,
        int maxFrameBytes,
        int maxOutboundBytes,
        boolean offersCompression,
        boolean acceptsBinary) {
    public WsConfig(int connectTimeoutMs, int pingAfterMs, int readTimeoutMs, int maxFrameBytes, int maxOutboundBytes) {
        this(connectTimeoutMs, pingAfterMs, readTimeoutMs, maxFrameBytes, maxOutboundBytes, false, false);
    }

    public WsConfig {
        requirePositive("connectTimeoutMs", connectTimeoutMs);
        requirePositive("pingAfterMs", pingAfterMs);
        requirePositive("readTimeoutMs", readTimeoutMs);
        requirePositive("maxFrameBytes", maxFrameBytes);
        requirePositive("maxOutboundBytes", maxOutboundBytes);
    }

    /** 5 s to connect, own ping after 0.4 s of silence (Binance allows five messages a second), dead after 10 s, 8 MiB messages, 1 MiB outbound. */
    public static WsConfig defaults() {
        return new WsConfig(5_000, 400, 10_000, 8 << 20, 1 << 20);
    }

    public WsConfig withCompression() {
        return new WsConfig(
                connectTimeoutMs, pingAfterMs, readTimeoutMs, maxFrameBytes, maxOutboundBytes, true, acceptsBinary);
    }

    /** Binary messages are text as well, as Alpaca sends it. */
    public WsConfig withBinary() {
        return new WsConfig(
                connectTimeoutMs, pingAfterMs, readTimeoutMs, maxFrameBytes, maxOutboundBytes, offersCompression, true);
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive, value=" + value);
        }
    }
}
