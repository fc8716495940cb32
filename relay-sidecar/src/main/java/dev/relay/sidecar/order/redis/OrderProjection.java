package dev.relay.sidecar.order.redis;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.EventSink;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Shows orders, positions and balances in Redis: {@code order:<acct>:<clientId>}, {@code orders:<acct>:open},
 * {@code position:<acct>:<SYMBOL>}, {@code balance:<acct>:<ASSET>}, {@code events:<acct>:orders}.
 *
 * <p>One script call per transition, idempotent by event number. {@code orders:<acct>:cursor} holds the journal's id and
 * the last event; where it is absent or of another journal, Redis was lost or is foreign: everything is deleted and
 * written again from the journal. It is compared every {@value #CHECK_EVERY_IDLE} idle calls, so a flush while nothing
 * happens is noticed. Owned by the thread "orders-redis", but for {@link #offerBalances}. Bounded: the stream by MAXLEN,
 * ended orders by expiry, waiting balances by the number of assets (the newest statement of each).
 */
public final class OrderProjection implements EventSink {
    private static final int STREAM_LENGTH = 100_000;
    private static final long KEEP_ENDED_MS = 86_400_000;
    private static final int ENDED_REPUBLISHED = 1_000;
    private static final int CHECK_EVERY_IDLE = 5;

    private final String account;
    private final String journalId;
    private final Supplier<Connection> connections;
    private final Supplier<ProjectionSource> sources;
    private final Map<String, Balance> dirty = new ConcurrentHashMap<>();
    private final Map<String, Balance> balances = new HashMap<>();
    private final LongAdder republished = new LongAdder();
    private @Nullable Connection connection;
    private @Nullable RedisScripts scripts;
    private long lastEventNo;
    private int idleCalls;

    public OrderProjection(
            String account, String journalId, Supplier<Connection> connections, Supplier<ProjectionSource> sources) {
        this.account = account;
        this.journalId = journalId;
        this.connections = connections;
        this.sources = sources;
    }

    /** What a full republish reads. */
    public interface ProjectionSource extends AutoCloseable {
        List<Map<String, String>> openOrders();

        List<Map<String, String>> endedOrders(int limit);

        List<Map<String, String>> positions();

        long lastEventNo();

        @Override
        void close();
    }

    /** Any thread; the newest statement per asset is written at the next idle moment. */
    public void offerBalances(Collection<Balance> changed) {
        changed.forEach(balance -> dirty.put(balance.asset(), balance));
    }

    @Override
    public long connect() {
        disconnect();
        Connection fresh = connections.get();
        connection = fresh;
        RedisScripts loaded = new RedisScripts(fresh);
        scripts = loaded;
        Long cursor = cursor(loaded);
        if (cursor == null) {
            cursor = republish(loaded);
        }
        lastEventNo = cursor;
        balances.values().forEach(balance -> dirty.putIfAbsent(balance.asset(), balance));
        return lastEventNo;
    }

    /** Null: this Redis does not hold this journal's state. */
    private @Nullable Long cursor(RedisScripts loaded) {
        Object reply = loaded.call(Command.HMGET, key("orders", "cursor"), "journal", "event");
        if (!(reply instanceof List<?> values) || values.get(0) == null || values.get(1) == null) {
            return null;
        }
        boolean isOurs = RedisScripts.text(values.get(0)).equals(journalId);
        return isOurs ? Long.valueOf(RedisScripts.text(values.get(1))) : null;
    }

    private long republish(RedisScripts loaded) {
        republished.increment();
        loaded.call(Command.DEL, key("orders", "cursor"), key("orders", "open"), key("events", "orders"));
        deleteAll(loaded, key("order", "*"));
        deleteAll(loaded, key("position", "*"));
        try (ProjectionSource source = sources.get()) {
            long last = source.lastEventNo();
            source.endedOrders(ENDED_REPUBLISHED).forEach(order -> snapshotOrder(loaded, order, false));
            source.openOrders().forEach(order -> snapshotOrder(loaded, order, true));
            source.positions().forEach(position -> snapshotPosition(loaded, position));
            long cursor = Math.max(0, last - STREAM_LENGTH);
            loaded.call(Command.HSET, key("orders", "cursor"), "journal", journalId, "event", Long.toString(cursor));
            return cursor;
        }
    }

    /** What another journal left behind would otherwise look newer than what this one knows. */
    private static void deleteAll(RedisScripts loaded, String pattern) {
        String cursor = "0";
        do {
            Object reply = loaded.call(Command.SCAN, cursor, "MATCH", pattern, "COUNT", "1000");
            if (!(reply instanceof List<?> parts) || !(parts.get(1) instanceof List<?> keys)) {
                throw new IllegalStateException("unexpected SCAN reply=" + reply);
            }
            cursor = RedisScripts.text(parts.get(0));
            String[] names = keys.stream().map(RedisScripts::text).toArray(String[]::new);
            if (names.length > 0) {
                loaded.call(Command.DEL, names);
            }
        } while (!cursor.equals("0"));
    }

    private void snapshotOrder(RedisScripts loaded, Map<String, String> order, boolean isOpen) {
        String clientId = need(order, "client_order_id");
        snapshot(
                loaded,
                key("order", clientId),
                order,
                isOpen ? clientId : "",
                isOpen ? "0" : Long.toString(KEEP_ENDED_MS));
    }

    private void snapshotPosition(RedisScripts loaded, Map<String, String> position) {
        snapshot(loaded, key("position", need(position, "symbol")), position, "", "0");
    }

    private void snapshot(
            RedisScripts loaded, String key, Map<String, String> fields, String openMember, String keepMs) {
        List<String> arguments = new ArrayList<>(List.of(need(fields, "event"), openMember, keepMs));
        addAll(arguments, fields);
        loaded.run(RedisScripts.Script.SNAPSHOT, List.of(key, key("orders", "open")), arguments);
    }

    @Override
    public void accept(OrderEvent event) {
        String clientId = event.orderField("client_order_id");
        boolean isOpen = !OrderState.valueOf(event.orderField("state")).isTerminal();
        List<String> keys = List.of(
                key("order", clientId),
                key("orders", "open"),
                key("position", event.orderField("symbol")),
                key("events", "orders"),
                key("orders", "cursor"));
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(event.eventNo()));
        arguments.add(clientId);
        arguments.add(isOpen ? "1" : "0");
        arguments.add(Long.toString(KEEP_ENDED_MS));
        arguments.add(Integer.toString(STREAM_LENGTH));
        arguments.add(Integer.toString(2 * event.order().size()));
        addAll(arguments, event.order());
        arguments.add(Integer.toString(2 * event.event().size()));
        addAll(arguments, event.event());
        Map<String, String> position = event.position();
        if (position != null) {
            addAll(arguments, position);
        }
        scripts().run(RedisScripts.Script.TRANSITION, keys, arguments);
        lastEventNo = event.eventNo();
    }

    @Override
    public void idle() {
        RedisScripts loaded = scripts();
        for (Balance balance : List.copyOf(dirty.values())) {
            loaded.run(
                    RedisScripts.Script.BALANCE,
                    List.of(key("balance", balance.asset())),
                    List.of(
                            Long.toString(balance.venueAtMs()),
                            Decimals.text(balance.free()),
                            Decimals.text(balance.locked())));
            balances.put(balance.asset(), balance);
            dirty.remove(balance.asset(), balance);
        }
        if (++idleCalls % CHECK_EVERY_IDLE == 0) {
            Long cursor = cursor(loaded);
            if (cursor == null || cursor != lastEventNo) {
                throw new IllegalStateException("Redis lost the order state, cursor=" + cursor);
            }
        }
    }

    private RedisScripts scripts() {
        if (scripts == null) {
            throw new IllegalStateException("not connected");
        }
        return scripts;
    }

    private static void addAll(List<String> arguments, Map<String, String> fields) {
        fields.forEach((name, value) -> {
            arguments.add(name);
            arguments.add(value);
        });
    }

    private static String need(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalStateException("record lacks field=" + name);
        }
        return value;
    }

    private String key(String kind, String name) {
        return kind + ':' + account + ':' + name;
    }

    /** How often everything was written again. */
    public long republishCount() {
        return republished.sum();
    }

    private void disconnect() {
        Connection old = connection;
        connection = null;
        scripts = null;
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void close() {
        disconnect();
    }
}
