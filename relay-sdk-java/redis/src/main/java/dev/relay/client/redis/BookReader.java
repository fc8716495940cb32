package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Reads books in one round trip, as of one instant: liveness, Redis time, both sides and their description in one
 * transaction. Refuses with a code instead of returning a book that cannot be believed.
 *
 * <p>One connection, not thread-safe: use one reader per thread. Connection trouble is thrown as Jedis' own exception, and
 * the next read connects anew.
 */
public final class BookReader implements AutoCloseable {
    private final RedisLink redis;
    private final VenueKeys keys;

    /** With the usual key template and age; connects at once, so that a wrong address shows here. */
    public BookReader(RedisAddress address, String venue) {
        this(address, venue, VenueKeys.DEFAULT_TEMPLATE, VenueKeys.DEFAULT_MAX_AGE_MS);
    }

    /**
     * @param venue venue name in the liveness key, for example BINANCE
     * @param template key template as published in {@code relay:layout}, for example {@code book:<SYMBOL>}
     * @param maxAgeMs oldest acceptable proof of life of the feed
     */
    public BookReader(RedisAddress address, String venue, String template, long maxAgeMs) {
        this.redis = new RedisLink(address);
        this.keys = new VenueKeys(venue, template, maxAgeMs);
    }

    /** The best {@code depth} levels a side (fewer if the book has fewer); {@code depth} of 0 means all published. */
    public BookView book(String symbol, int depth) {
        return judge(symbol, depth, redis.use(link -> read(link, base(symbol), depth)));
    }

    private List<?> read(Connection redis, String base, int depth) {
        String last = Integer.toString(depth - 1);
        return keys.atOneInstant(redis, 3, link -> {
            link.sendCommand(Command.ZRANGE, base + ":bids", "0", last, "REV");
            link.sendCommand(Command.ZRANGE, base + ":asks", "0", last);
            link.sendCommand(Command.HGETALL, base + ":meta");
        });
    }

    /** Key of a book without its last part, which is also the channel of its changes. */
    String base(String symbol) {
        return keys.base(symbol);
    }

    private BookView judge(String symbol, int depth, List<?> parts) {
        Map<String, String> meta = Hashes.map((List<?>) parts.get(4));
        if (meta.isEmpty()) {
            throw new ReadRefused(Code.NO_SUCH_BOOK, "symbol=" + symbol);
        }
        keys.refuseWithoutSidecar(symbol, parts);
        refuseUnlessLive(symbol, meta);
        long ageMs = keys.ageMs(symbol, parts, number(meta, "alive"));
        return new BookView(
                symbol,
                levels(symbol, depth, (List<?>) parts.get(2), number(meta, "nb")),
                levels(symbol, depth, (List<?>) parts.get(3), number(meta, "na")),
                number(meta, "epoch"),
                number(meta, "ver"),
                number(meta, "seq"),
                number(meta, "frames"),
                ageMs,
                VenueKeys.readAtMs(parts),
                Math.toIntExact(number(meta, "proven")),
                number(meta, "ts_exch"));
    }

    private static void refuseUnlessLive(String symbol, Map<String, String> meta) {
        String status = meta.getOrDefault("status", "");
        if (status.equals("LIVE")) {
            return;
        }
        String quality = meta.getOrDefault("quality", "PASS");
        Code code =
                !status.equals("STALE") ? Code.BOOK_SYNCING : quality.equals("PASS") ? Code.BOOK_STALE : Code.BOOK_HELD;
        throw new ReadRefused(code, "symbol=" + symbol + " status=" + status + " quality=" + quality);
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
