package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What stands in Redis as a whole, for people who look: every book with its state, an account's open orders, positions and balances. It
 * refuses nothing, it says how things are; an agent that acts on a book reads it with {@link BookReader}. At most {@value #MAX_KEYS} keys
 * of a kind. One connection, not thread-safe; connection trouble is thrown as Jedis' own exception, and the next read connects anew.
 */
public final class StateReader implements AutoCloseable {
    private static final int MAX_KEYS = 1_000;
    private static final int TRANSACTION_REPLIES = 5;
    private final RedisLink redis;

    /** Connects at once, so that a wrong address shows here. */
    public StateReader(RedisAddress address) {
        this.redis = new RedisLink(address);
    }

    /**
     * One row a book: venue, symbol, status (LIVE, SYNCING, STALE, HELD, or DOWN when its sidecar shows no life), age_ms, bid, bid_quantity, ask, ask_quantity,
     * levels, version, frames.
     *
     * @param template as in {@code redis.json}
     */
    public List<Map<String, Object>> books(List<String> venues, String template) {
        return redis.use(link -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (String venue : venues) {
                books(link, venue, template.replace("<VENUE>", venue), rows);
            }
            return rows;
        });
    }

    private static void books(Connection link, String venue, String template, List<Map<String, Object>> rows) {
        link.sendCommand(Command.GET, "sidecar:alive:" + venue);
        boolean isAlive = link.getOne() != null;
        link.sendCommand(Command.TIME);
        List<?> time = (List<?>) link.getOne();
        long nowMs =
                Long.parseLong(Hashes.text(time.get(0))) * 1_000 + Long.parseLong(Hashes.text(time.get(1))) / 1_000;
        int before = template.indexOf("<SYMBOL>");
        int after = template.length() - before - "<SYMBOL>".length() + ":meta".length();
        for (String key : keys(link, template.replace("<SYMBOL>", "*") + ":meta")) {
            String symbol = key.substring(before, key.length() - after);
            Map<String, Object> row = book(link, key.substring(0, key.length() - ":meta".length()), nowMs, isAlive);
            Map<String, Object> named = new LinkedHashMap<>();
            named.put("venue", venue);
            named.put("symbol", symbol);
            named.putAll(row);
            rows.add(named);
        }
    }

    private static Map<String, Object> book(Connection link, String base, long nowMs, boolean isAlive) {
        link.sendCommand(Command.MULTI);
        link.sendCommand(Command.HGETALL, base + ":meta");
        link.sendCommand(Command.ZRANGE, base + ":bids", "0", "0", "REV");
        link.sendCommand(Command.ZRANGE, base + ":asks", "0", "0");
        link.sendCommand(Command.EXEC);
        List<?> parts = transaction(link, TRANSACTION_REPLIES);
        Map<String, String> meta = Hashes.map((List<?>) parts.get(0));
        boolean isHeld = !"PASS".equals(meta.getOrDefault("quality", "PASS"));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("status", !isAlive ? "DOWN" : isHeld ? "HELD" : meta.getOrDefault("status", "?"));
        row.put("age_ms", nowMs - number(meta, "alive"));
        best(row, "bid", (List<?>) parts.get(1));
        best(row, "ask", (List<?>) parts.get(2));
        row.put("levels", number(meta, "nb") + number(meta, "na"));
        row.put("version", number(meta, "ver"));
        row.put("frames", number(meta, "frames"));
        return row;
    }

    private static List<?> transaction(Connection link, int replies) {
        List<Object> all = link.getMany(replies);
        for (Object reply : all) {
            if (reply instanceof JedisDataException error) {
                throw new ReadRefused(Code.REDIS_ERROR, String.valueOf(error.getMessage()));
            }
        }
        return (List<?>) all.get(replies - 1);
    }

    private static void best(Map<String, Object> row, String side, List<?> levels) {
        if (!levels.isEmpty()) {
            BookLevel level = BookLevel.parse(Hashes.text(levels.get(0)));
            row.put(side, level.price().toPlainString());
            row.put(side + "_quantity", level.quantity().toPlainString());
        }
    }

    private static long number(Map<String, String> meta, String field) {
        String value = meta.getOrDefault(field, "");
        return value.matches("-?[0-9]{1,18}") ? Long.parseLong(value) : 0;
    }

    /** An account's open orders, all fields as they stand, in order of their ids. */
    public List<Map<String, String>> orders(String account) {
        return redis.use(link -> {
            link.sendCommand(Command.SMEMBERS, "orders:" + account + ":open");
            TreeSet<String> ids = new TreeSet<>();
            ((List<?>) link.getOne()).forEach(id -> ids.add(Hashes.text(id)));
            List<Map<String, String>> rows = new ArrayList<>();
            ids.stream().limit(MAX_KEYS).forEach(id -> {
                Map<String, String> order = Hashes.read(link, "order:" + account + ":" + id);
                if (!order.isEmpty()) {
                    rows.add(new TreeMap<>(order));
                }
            });
            return rows;
        });
    }

    /** An account's positions, all fields as they stand, in order of their symbols. */
    public List<Map<String, String>> positions(String account) {
        return redis.use(link -> rows(link, "position:" + account + ":", "symbol"));
    }

    /** An account's balances: asset, free, locked. */
    public List<Map<String, String>> balances(String account) {
        return redis.use(link -> rows(link, "balance:" + account + ":", "asset"));
    }

    private static List<Map<String, String>> rows(Connection link, String prefix, String name) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (String key : keys(link, prefix + "*")) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put(name, key.substring(prefix.length()));
            row.putAll(new TreeMap<>(Hashes.read(link, key)));
            rows.add(row);
        }
        return rows;
    }

    private static List<String> keys(Connection link, String pattern) {
        TreeSet<String> found = new TreeSet<>();
        String cursor = "0";
        do {
            link.sendCommand(Command.SCAN, cursor, "MATCH", pattern, "COUNT", "1000");
            List<?> page = (List<?>) link.getOne();
            cursor = Hashes.text(page.get(0));
            ((List<?>) page.get(1)).forEach(key -> found.add(Hashes.text(key)));
        } while (!cursor.equals("0") && found.size() < MAX_KEYS);
        return found.stream().limit(MAX_KEYS).toList();
    }

    @Override
    public void close() {
        redis.close();
    }
}
