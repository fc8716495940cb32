package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Reads public trades and tickers. The newest 1,000 or so trades of a symbol are there, numbered, so that a reader sees
 * what it missed and what was left out. One connection, not thread-safe, as {@link BookReader}.
 */
public final class TapeReader implements AutoCloseable {
    private final RedisLink redis;
    private final VenueKeys keys;

    /** With the key template {@code book:<SYMBOL>}. */
    public TapeReader(RedisAddress address, String venue) {
        this(address, venue, VenueKeys.DEFAULT_TEMPLATE, VenueKeys.DEFAULT_MAX_AGE_MS);
    }

    /** Parameters as of {@link BookReader}. */
    public TapeReader(RedisAddress address, String venue, String template, long maxAgeMs) {
        this.redis = new RedisLink(address);
        this.keys = new VenueKeys(venue, template, maxAgeMs);
    }

    private String key(String symbol, String last) {
        return keys.base(symbol) + last;
    }

    /**
     * The newest best bid and ask, in one round trip.
     *
     * @throws ReadRefused SIDECAR_DOWN, NO_SUCH_TICKER, or BOOK_STALE when the feed shows no life
     */
    public TickerView ticker(String symbol) {
        List<?> parts = redis.use(link -> read(link, symbol));
        Map<String, String> fields = Hashes.map((List<?>) parts.get(3));
        if (fields.isEmpty()) {
            throw new ReadRefused(Code.NO_SUCH_TICKER, "symbol=" + symbol);
        }
        keys.refuseWithoutSidecar(symbol, parts);
        Map<String, String> meta = Hashes.map((List<?>) parts.get(2));
        long ageMs = keys.ageMs(symbol, parts, Long.parseLong(meta.getOrDefault("alive", "0")));
        return new TickerView(
                symbol,
                Hashes.decimal(fields, "bid"),
                Hashes.decimal(fields, "bid_qty"),
                Hashes.decimal(fields, "ask"),
                Hashes.decimal(fields, "ask_qty"),
                Long.parseLong(fields.getOrDefault("ts_exch", "0")),
                Long.parseLong(fields.getOrDefault("ts_recv", "0")),
                ageMs);
    }

    private List<?> read(Connection redis, String symbol) {
        return keys.atOneInstant(redis, 2, link -> {
            link.sendCommand(Command.HGETALL, key(symbol, ":meta"));
            link.sendCommand(Command.HGETALL, key(symbol, ":ticker"));
        });
    }

    /** The newest trades, at most {@code count}, oldest first. */
    public List<TradeView> trades(String symbol, int count) {
        List<TradeView> trades =
                entries(symbol, Command.XREVRANGE, key(symbol, ":trades"), "+", "-", "COUNT", Integer.toString(count));
        Collections.reverse(trades);
        return trades;
    }

    /** The trades behind {@code last}, at most {@code count}, oldest first. */
    public List<TradeView> tradesAfter(TradeView last, int count) {
        String from = "(" + last.epoch() + "-" + last.number();
        return entries(
                last.symbol(),
                Command.XRANGE,
                key(last.symbol(), ":trades"),
                from,
                "+",
                "COUNT",
                Integer.toString(count));
    }

    private List<TradeView> entries(String symbol, Command command, String... arguments) {
        List<?> entries = redis.use(link -> {
            link.sendCommand(command, arguments);
            return (List<?>) link.getOne();
        });
        List<TradeView> trades = new ArrayList<>();
        for (Object entry : entries) {
            List<?> parts = (List<?>) entry;
            trades.add(trade(symbol, Hashes.text(parts.get(0)), Hashes.map((List<?>) parts.get(1))));
        }
        return trades;
    }

    private static TradeView trade(String symbol, String id, Map<String, String> fields) {
        int dash = id.indexOf('-');
        return new TradeView(
                symbol,
                Long.parseLong(id.substring(0, dash)),
                Long.parseLong(id.substring(dash + 1)),
                Long.parseLong(fields.getOrDefault("id", "-1")),
                new BigDecimal(fields.getOrDefault("p", "0")),
                new BigDecimal(fields.getOrDefault("q", "0")),
                "buy".equals(fields.get("side")),
                Long.parseLong(fields.getOrDefault("ts", "0")));
    }

    @Override
    public void close() {
        redis.close();
    }
}
