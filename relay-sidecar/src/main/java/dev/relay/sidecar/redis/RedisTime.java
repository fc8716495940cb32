package dev.relay.sidecar.redis;

/**
 * Redis' clock in terms of our monotonic one, so that a proof of life is written as a point in time and not as an age: a
 * script that waited in the socket of a stopped server would otherwise make an old book look young when it runs at last.
 *
 * <p>The estimate is never ahead of the truth: the time Redis stated is set against the moment its answer was read. Redis
 * thread only.
 */
final class RedisTime {
    private long offsetMs;
    private boolean isKnown;

    void onTime(long redisMs, long readAtMonotonicMs) {
        offsetMs = redisMs - readAtMonotonicMs;
        isKnown = true;
    }

    /** The Redis time of a monotonic instant; 0 (infinitely old) as long as Redis has not said its time. */
    long at(long monotonicMs) {
        return isKnown ? monotonicMs + offsetMs : 0;
    }
}
