package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Reads books in one round trip, as of one instant: liveness, Redis time, both sides and their description in one
 * transaction. Refuses with a code instead of returning a book that cannot be believed.
 *
 * <p>One connection, not thread-safe: use one reader per thread. Connection trouble is thrown as Jedis' own exception;
 * close the reader and make a new one.
 */
public final class BookReader implements AutoCloseable {
    private static final int COMMANDS = 5;
    private static final long DEFAULT_MAX_AGE_MS = 3_000;

    private final RedisLink redis;
    private final String venue;
    private final String template;
    private final long maxAgeMs;

    public BookReader(RedisAddress address, String venue) {
        this(address, venue, "book:<SYMBOL>", DEFAULT_MAX_AGE_MS);
    }

    /**
     * @param venue venue name in the liveness key, for example BINANCE
     * @param template key template as published in {@code relay:layout}, for example {@code book:<SYMBOL>}
     * @param maxAgeMs oldest acceptable proof of life of the feed
     */
    public BookReader(RedisAddress address, String venue, String template, long maxAgeMs) {
        this.redis = new RedisLink(address);
        this.venue = venue;
        this.template = template;
        this.maxAgeMs = maxAgeMs;
    }

    /** The best {@code depth} levels a side (fewer if the book has fewer); {@code depth} of 0 means all published. */
    public BookView book(String symbol, int depth) {
        return judge(symbol, depth, redis.use(link -> read(link, base(symbol), depth)));
    }

    private List<?> read(Connection redis, String base, int depth) {
        String last = Integer.toString(depth - 1);
        redis.sendCommand(Command.MULTI);
        redis.sendCommand(Command.GET, "sidecar:alive:" + venue);
        redis.sendCommand(Command.TIME);
        redis.sendCommand(Command.ZRANGE, base + ":bids", "0", last, "REV");
        redis.sendCommand(Command.ZRANGE, base + ":asks", "0", last);
        redis.sendCommand(Command.HGETALL, base + ":meta");
        redis.sendCommand(Command.EXEC);
        return transactionResult(redis);
    }

    /** Key of a book without its last part, which is also the channel of its changes. */
    String base(String symbol) {
        return template.replace("<VENUE>", venue).replace("<SYMBOL>", symbol);
    }

    private static List<?> transactionResult(Connection redis) {
        List<Object> replies = redis.getMany(COMMANDS + 2);
        for (Object reply : replies) {
            if (reply instanceof JedisDataException error) {
                throw new ReadRefused(Code.REDIS_ERROR, String.valueOf(error.getMessage()));
            }
        }
        return (List<?>) replies.get(COMMANDS + 1);
    }

    private BookView judge(String symbol, int depth, List<?> parts) {
        Map<String, String> meta = Hashes.map((List<?>) parts.get(4));
        if (meta.isEmpty()) {
            throw new ReadRefused(Code.NO_SUCH_BOOK, "symbol=" + symbol);
        }
        if (parts.get(0) == null) {
            throw new ReadRefused(Code.SIDECAR_DOWN, "venue=" + venue + " symbol=" + symbol);
        }
        String status = meta.getOrDefault("status", "");
        if (!"LIVE".equals(status)) {
            String quality = meta.getOrDefault("quality", "PASS");
            throw new ReadRefused(
                    !"STALE".equals(status)
                            ? Code.BOOK_SYNCING
                            : "PASS".equals(quality) ? Code.BOOK_STALE : Code.BOOK_HELD,
                    "symbol=" + symbol + " status=" + status + " quality=" + quality);
        }
        long readAtMs = redisTimeMs((List<?>) parts.get(1));
        long ageMs = readAtMs - number(meta, "alive");
        if (ageMs > maxAgeMs) {
            throw new ReadRefused(Code.BOOK_STALE, "symbol=" + symbol + " ageMs=" + ageMs + " maxAgeMs=" + maxAgeMs);
        }
        return new BookView(
                symbol,
                levels(symbol, depth, (List<?>) parts.get(2), number(meta, "nb")),
                levels(symbol, depth, (List<?>) parts.get(3), number(meta, "na")),
                number(meta, "epoch"),
                number(meta, "ver"),
                number(meta, "seq"),
                number(meta, "frames"),
                ageMs,
                readAtMs,
                Math.toIntExact(number(meta, "proven")),
                number(meta, "ts_exch"));
    }

    private static List<BookLevel> levels(String symbol, int depth, List<?> members, long published) {
        long expected = depth == 0 ? published : Math.min(depth, published);
        if (members.size() != expected) {
            throw new ReadRefused(
                    Code.BOOK_MALFORMED,
                    "level count differs, symbol=" + symbol + " found=" + members.size() + " expected=" + expected);
        }
        List<BookLevel> levels = new ArrayList<>(members.size());
        for (Object member : members) {
            levels.add(BookLevel.parse(Hashes.text(member)));
        }
        return List.copyOf(levels);
    }

    private static long redisTimeMs(List<?> time) {
        return Long.parseLong(Hashes.text(time.get(0))) * 1_000 + Long.parseLong(Hashes.text(time.get(1))) / 1_000;
    }

    private static long number(Map<String, String> meta, String field) {
        String value = meta.get(field);
        if (value == null) {
            throw new ReadRefused(Code.BOOK_MALFORMED, "field missing in meta, field=" + field);
        }
        return Long.parseLong(value);
    }

    @Override
    public void close() {
        redis.close();
    }
}
