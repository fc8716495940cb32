package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.BalanceView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.Trade;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.Marks;
import dev.relay.sidecar.risk.RiskLimits;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * The order side on real sockets: the local exchange, a real Redis, a real journal. A venue's test says where and what it
 * trades; here is how it asks, and that Redis comes to show what the exchange has. On a busy machine an answer may be late
 * and its order in doubt for a while, so what is asked for is waited for.
 */
abstract class SideDesk {
    /** Some periods of reconciliation, which alone tells the balances of some venues. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    static final String ID = "00112233445566778899aabbccddeeff";
    static final RedisChild REDIS = new RedisChild();

    @TempDir
    static Path redisDirectory;

    @TempDir
    Path directory;

    final RelayExchange exchange;
    final String key;
    final List<Instrument> instruments;
    private final OrderLimits limits;
    private final AtomicLong nextMessage = new AtomicLong();
    OrderSide side;

    SideDesk(ExchangeConfig config, String key, OrderLimits limits, Instrument... instruments) {
        this.exchange = RelayExchange.start(config.withFlow(0));
        this.key = key;
        this.limits = limits;
        this.instruments = List.of(instruments);
    }

    /** Where orders go. */
    abstract OrderVenue venue();

    @BeforeAll
    static void startRedis() throws Exception {
        REDIS.start(redisDirectory);
    }

    @AfterAll
    static void stopRedis() {
        REDIS.close();
    }

    @BeforeEach
    void start() {
        forgetRedis();
        side = open(venue());
    }

    static void forgetRedis() {
        try (Jedis jedis = REDIS.jedis()) {
            jedis.flushAll();
        }
    }

    @AfterEach
    void stop() {
        side.close();
        exchange.close();
    }

    /** A side that is LIVE. */
    OrderSide open(OrderVenue venue) {
        OrderSide opened = begin(venue, limits);
        await().atMost(PATIENCE)
                .until(() ->
                        opened.isLive() && Boolean.TRUE.equals(opened.health().get("redis_up")));
        return opened;
    }

    OrderSide begin(OrderVenue venue, OrderLimits bounds) {
        return begin(venue, bounds, RiskLimits.off(), symbol -> null);
    }

    OrderSide begin(OrderVenue venue, OrderLimits bounds, RiskLimits risk, Marks marks) {
        return OrderSide.start(
                new OrderConfig("paper", directory, instruments, venue, bounds, risk),
                (topic, kind, id, event) -> {},
                REDIS::connection,
                marks);
    }

    // ---- asking

    Map<String, Object> ask(String kind, Map<String, Object> body) throws Exception {
        return later("alice", kind, body).get(60, TimeUnit.SECONDS);
    }

    CompletableFuture<Map<String, Object>> later(String agent, String kind, Map<String, Object> body) {
        byte[] id = ByteBuffer.allocate(16)
                .putLong(7)
                .putLong(nextMessage.incrementAndGet())
                .array();
        return side.onRequest(kind, agent, id, body);
    }

    /** Asks for an order that the venue must take, and gives its client id. */
    String placed(Map<String, Object> order) throws Exception {
        Map<String, Object> answer = ask("orders.place", order);
        assertThat(answer).as("%s", answer).doesNotContainEntry("result", "refused");
        return field(answer, "client_order_id");
    }

    /** Cancels an order that rests. */
    void cancelled(String id) throws Exception {
        ask("orders.cancel", Map.of("client_order_id", id));
        awaitState(id, "CANCELLED");
    }

    void awaitState(String id, String state) {
        await().atMost(PATIENCE).until(() -> state(id).equals(state));
    }

    String state(String id) throws Exception {
        return field(ask("orders.status", Map.of("client_order_id", id)), "state");
    }

    static String field(Map<String, Object> answer, String name) {
        return answer.get("order") instanceof Map<?, ?> order ? String.valueOf(order.get(name)) : "";
    }

    static Map<String, Object> limit(String symbol, String side, String price, String quantity, String tif) {
        return Map.of(
                "symbol", symbol, "side", side, "type", "LIMIT", "price", price, "quantity", quantity, "tif", tif);
    }

    static Map<String, Object> named(Map<String, Object> order) {
        Map<String, Object> named = new HashMap<>(order);
        named.put("client_order_id", ID);
        return named;
    }

    // ---- comparing

    /** In the order's words here. */
    String stateOf(OpenOrder truth) {
        return switch (truth.status()) {
            case "NEW" -> "OPEN";
            case "CANCELED" -> "CANCELLED";
            default -> truth.status();
        };
    }

    /** Redis comes to show the exchange's orders, fills, positions and balances. */
    void awaitTruth() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (Jedis jedis = REDIS.jedis()) {
                compareOrders(jedis);
                instruments.forEach(instrument -> comparePosition(jedis, instrument));
                compareBalances(jedis);
            }
        });
    }

    private void compareOrders(Jedis jedis) {
        assertThat(jedis.smembers("orders:paper:open"))
                .containsExactlyInAnyOrderElementsOf(exchange.openOrdersOf(key).stream()
                        .map(OpenOrder::clientOrderId)
                        .toList());
        for (OpenOrder truth : exchange.ordersOf(key)) {
            Map<String, String> order = jedis.hgetAll("order:paper:" + truth.clientOrderId());
            assertThat(order).as("%s", truth).containsEntry("state", stateOf(truth));
            assertThat(new BigDecimal(order.get("filled"))).isEqualByComparingTo(truth.executedQty());
        }
    }

    private void comparePosition(Jedis jedis, Instrument instrument) {
        String traded = instrument.base() + instrument.quote();
        List<Trade> trades = exchange.tradesOf(key).stream()
                .filter(trade -> trade.symbol().equals(traded))
                .toList();
        Map<String, String> position = jedis.hgetAll("position:paper:" + instrument.symbol());
        assertThat(position.getOrDefault("fills", "0")).isEqualTo(Integer.toString(trades.size()));
        assertThat(new BigDecimal(position.getOrDefault("quantity", "0")))
                .isEqualByComparingTo(trades.stream()
                        .map(trade -> signed(trade, instrument))
                        .reduce(BigDecimal.ZERO, BigDecimal::add));
    }

    private static BigDecimal signed(Trade trade, Instrument instrument) {
        BigDecimal quantity = new BigDecimal(trade.qty());
        boolean isFeeInBase = trade.commissionAsset().equals(instrument.base());
        BigDecimal moved = trade.side().equals("BUY") ? quantity : quantity.negate();
        return isFeeInBase ? moved.subtract(new BigDecimal(trade.commission())) : moved;
    }

    private void compareBalances(Jedis jedis) {
        Map<String, BalanceView> truth = exchange.balancesOf(key);
        for (Instrument instrument : instruments) {
            for (String asset : List.of(instrument.base(), instrument.quote())) {
                Map<String, String> balance = jedis.hgetAll("balance:paper:" + asset);
                BalanceView held = Objects.requireNonNull(truth.get(asset));
                assertThat(new BigDecimal(balance.getOrDefault("free", "-1")))
                        .as(asset)
                        .isEqualByComparingTo(held.free());
                assertThat(new BigDecimal(balance.getOrDefault("locked", "-1")))
                        .as(asset)
                        .isEqualByComparingTo(held.locked());
            }
        }
    }
}
