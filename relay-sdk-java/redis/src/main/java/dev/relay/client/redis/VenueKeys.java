package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.List;
import java.util.function.Consumer;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Where one venue's books and tapes are, and what makes them believable: the sidecar's sign of life and the age of the feed's.
 *
 * @param venue name in the liveness key, for example BINANCE
 * @param template key template as published in {@code relay:layout}, for example {@code book:<SYMBOL>}
 * @param maxAgeMs oldest acceptable proof of life of the feed
 */
record VenueKeys(String venue, String template, long maxAgeMs) {
    static final String DEFAULT_TEMPLATE = "book:<SYMBOL>";
    static final long DEFAULT_MAX_AGE_MS = 3_000;

    /** Key of a symbol without its last part, which is also the channel of its changes. */
    String base(String symbol) {
        return template.replace("<VENUE>", venue).replace("<SYMBOL>", symbol);
    }

    /** So many commands in one transaction and one round trip. Their answers come behind the sign of life and Redis' time. */
    List<?> atOneInstant(Connection redis, int count, Consumer<Connection> commands) {
        redis.sendCommand(Command.MULTI);
        redis.sendCommand(Command.GET, "sidecar:alive:" + venue);
        redis.sendCommand(Command.TIME);
        commands.accept(redis);
        redis.sendCommand(Command.EXEC);
        List<Object> replies = redis.getMany(count + 4);
        for (Object reply : replies) {
            if (reply instanceof JedisDataException error) {
                throw new ReadRefused(Code.REDIS_ERROR, String.valueOf(error.getMessage()));
            }
        }
        return (List<?>) replies.get(count + 3);
    }

    /** @throws ReadRefused SIDECAR_DOWN when these answers hold no sign of life */
    void refuseWithoutSidecar(String symbol, List<?> answers) {
        if (answers.get(0) == null) {
            throw new ReadRefused(Code.SIDECAR_DOWN, "venue=" + venue + " symbol=" + symbol);
        }
    }

    /** Redis' time of these answers. */
    static long readAtMs(List<?> answers) {
        List<?> time = (List<?>) answers.get(1);
        return Long.parseLong(Hashes.text(time.get(0))) * 1_000 + Long.parseLong(Hashes.text(time.get(1))) / 1_000;
    }

    /**
     * How long before these answers the feed last showed life.
     *
     * @throws ReadRefused BOOK_STALE when that is too long ago
     */
    long ageMs(String symbol, List<?> answers, long aliveAtMs) {
        long ageMs = readAtMs(answers) - aliveAtMs;
        if (ageMs > maxAgeMs) {
            throw new ReadRefused(Code.BOOK_STALE, "symbol=" + symbol + " ageMs=" + ageMs + " maxAgeMs=" + maxAgeMs);
        }
        return ageMs;
    }
}
