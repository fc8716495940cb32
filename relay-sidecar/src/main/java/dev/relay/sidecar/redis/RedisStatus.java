package dev.relay.sidecar.redis;

import java.util.Map;

/**
 * What the redis thread last knew; immutable.
 *
 * @param lastOkAtMs monotonic time of the last confirmed flush or renewal
 * @param isRefusing its last answer to a write was a refusal
 * @param waitedMs how long an answer has been waited for, 0 when none is awaited
 * @param levels levels added, changed or taken away
 * @param errorReplies OOM, READONLY, MISCONF and other refusals of a command
 * @param resyncs answers that Redis did not hold what was written last
 * @param capped flushes ended by the output cap; the rest of the books came with the next
 * @param maxFlushBytes largest amount handed to Redis without waiting for answers
 * @param writtenFrames per symbol, depth events contained in what Redis confirmed
 */
public record RedisStatus(
        boolean isConnected,
        boolean isFenced,
        boolean isRefusing,
        long waitedMs,
        long lastOkAtMs,
        long flushes,
        long bookWrites,
        long fullWrites,
        long levels,
        long errorReplies,
        long resyncs,
        long reconnects,
        long capped,
        long maxFlushBytes,
        String lastError,
        Map<String, Long> writtenFrames) {}
