package dev.relay.sidecar.redis;

import dev.relay.sidecar.net.SidecarClock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

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

    /** Asks Redis and waits for its answer. */
    void ask(Connection redis, SidecarClock clock) {
        redis.sendCommand(Command.TIME);
        List<?> time = (List<?>) redis.getOne();
        onTime(number(time.get(0)) * 1_000 + number(time.get(1)) / 1_000, clock.monotonicMs());
    }

    private static long number(Object bulk) {
        return Long.parseLong(new String((byte[]) bulk, StandardCharsets.US_ASCII));
    }

    void onTime(long redisMs, long readAtMonotonicMs) {
        offsetMs = redisMs - readAtMonotonicMs;
        isKnown = true;
    }

    /** The Redis time of a monotonic instant; 0 (infinitely old) as long as Redis has not said its time. */
    long at(long monotonicMs) {
        return isKnown ? monotonicMs + offsetMs : 0;
    }
}
