package dev.relay.daemon.routing;

import dev.relay.protocol.Limits;

/**
 * What an operator can choose about the heart. Sizes are bytes, times milliseconds, counts messages. Invalid values are refused when built.
 */
public record BusConfig(
        String version,
        long pingMs,
        long suspectMs,
        long fencedMs,
        long handshakeMs,
        int maxUnauthenticated,
        int windowMessages,
        long windowBytes,
        int memoryMessages,
        int highWatermark,
        int lowWatermark,
        long mailboxMessages,
        long mailboxBytes,
        int maxAgents) {

    public BusConfig {
        require(lowWatermark > 0 && lowWatermark < highWatermark, "low_watermark", lowWatermark);
        require(highWatermark <= memoryMessages, "high_watermark", highWatermark);
        require(windowMessages > 0 && windowMessages <= Limits.WINDOW_MESSAGES, "window_messages", windowMessages);
        require(pingMs > 0 && pingMs < suspectMs, "ping_ms", pingMs);
        require(suspectMs < fencedMs, "suspect_ms", suspectMs);
        require(mailboxMessages > 0, "mailbox_messages", mailboxMessages);
    }

    /** The values of the protocol's table of limits. */
    public static BusConfig defaults(String version) {
        return new BusConfig(
                version,
                Limits.PING_MS,
                Limits.SUSPECT_MS,
                Limits.FENCED_MS,
                Limits.HANDSHAKE_MS,
                Limits.MAX_UNAUTHENTICATED,
                Limits.WINDOW_MESSAGES,
                Limits.WINDOW_BYTES,
                Limits.LANE_MEMORY_MESSAGES,
                Limits.HIGH_WATERMARK,
                Limits.LOW_WATERMARK,
                1_000_000,
                4L << 30,
                100_000);
    }

    private static void require(boolean condition, String key, long value) {
        if (!condition) {
            throw new IllegalArgumentException("bad configuration: key=" + key + " value=" + value);
        }
    }
}
