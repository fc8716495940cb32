package dev.relay.sidecar.redis;

import java.util.Map;

/**
 * What the redis thread last knew; immutable, replaced after every flush that changed it.
 *
 * @param writtenFrames per symbol, depth events contained in what Redis confirmed
 * @param lastOkAtMs monotonic time of the last confirmed flush or renewal
 */
public record RedisStatus(
        boolean isConnected,
        boolean isFenced,
        long lastOkAtMs,
        long flushes,
        long bookWrites,
        long fullWrites,
        long errorReplies,
        long reconnects,
        String lastError,
        Map<String, Long> writtenFrames) {
    static final RedisStatus INITIAL = new RedisStatus(false, false, 0, 0, 0, 0, 0, 0, "", Map.of());
}
