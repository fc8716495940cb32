package dev.relay.sidecar.admin;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import dev.relay.client.redis.StateReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What stands in Redis, for the console: {@code /trading/books}, {@code book}, {@code orders}, {@code positions}, {@code balances}. Reads as any
 * agent does, on connections of its own that are opened when somebody asks. The admin threads take turns; at most {@value #MAX_DEPTH} levels a side.
 */
public final class TradingReads implements AutoCloseable {
    private static final int MAX_DEPTH = 100;
    private static final long MAX_AGE_MS = 5_000;

    private final RedisAddress address;
    private final List<String> venues;
    private final String template;
    private final String account;
    private @Nullable StateReader state;
    private final Map<String, BookReader> books = new HashMap<>();

    /** {@code account}: empty without orders. */
    public TradingReads(RedisAddress address, List<String> venues, String template, String account) {
        this.address = address;
        this.venues = List.copyOf(venues);
        this.template = template;
        this.account = account;
    }

    /** By path. */
    public Map<String, AdminRead> reads() {
        Map<String, AdminRead> reads = new LinkedHashMap<>();
        reads.put("/trading/books", query -> rows("books", reader -> reader.books(venues, template)));
        reads.put("/trading/book", query -> now(book(query)));
        reads.put("/trading/orders", query -> rows("orders", reader -> reader.orders(account)));
        reads.put("/trading/positions", query -> rows("positions", reader -> reader.positions(account)));
        reads.put("/trading/balances", query -> rows("balances", reader -> reader.balances(account)));
        return reads;
    }

    private synchronized CompletableFuture<Map<String, Object>> rows(
            String name, Function<StateReader, List<? extends Map<String, ?>>> read) {
        try {
            StateReader reader = state == null ? new StateReader(address) : state;
            state = reader;
            return now(Map.of("ok", true, name, read.apply(reader)));
        } catch (JedisException | ReadRefused e) {
            return now(refused("REDIS_ERROR", e));
        }
    }

    private synchronized Map<String, Object> book(Map<String, String> query) {
        String venue = query.getOrDefault("venue", venues.get(0));
        String depth = query.getOrDefault("depth", "20");
        if (!venues.contains(venue) || !depth.matches("[0-9]{1,3}")) {
            return Map.of("ok", false, "code", "BAD_REQUEST", "message", "venue is one of " + venues);
        }
        try {
            BookReader reader = books.get(venue);
            if (reader == null) {
                reader = new BookReader(address, venue, template, MAX_AGE_MS);
                books.put(venue, reader);
            }
            int levels = Math.max(1, Math.min(MAX_DEPTH, Integer.parseInt(depth)));
            return fields(reader.book(query.getOrDefault("symbol", ""), levels));
        } catch (ReadRefused e) {
            return refused(e.code().name(), e);
        } catch (JedisException e) {
            return refused("REDIS_ERROR", e);
        }
    }

    private static Map<String, Object> fields(BookView book) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ok", true);
        fields.put("symbol", book.symbol());
        fields.put("seq", book.sequence());
        fields.put("version", book.version());
        fields.put("age_ms", book.ageMs());
        fields.put("bids", BookLevel.texts(book.bids()));
        fields.put("asks", BookLevel.texts(book.asks()));
        return fields;
    }

    private static Map<String, Object> refused(String code, RuntimeException e) {
        return Map.of("ok", false, "code", code, "message", String.valueOf(e.getMessage()));
    }

    private static CompletableFuture<Map<String, Object>> now(Map<String, Object> answer) {
        return CompletableFuture.completedFuture(answer);
    }

    @Override
    public synchronized void close() {
        StateReader reader = state;
        if (reader != null) {
            reader.close();
        }
        books.values().forEach(BookReader::close);
    }
}
