package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.Trade;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The whole order side on real sockets: local exchange, real Redis, real journal file. */
class OrderSideIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SYMBOL = "BTC-USDT";

    @TempDir
    Path directory;

    private final AccountConfig account = AccountConfig.ready("orders");
    private final RedisChild redis = new RedisChild();
    private final RelayExchange exchange = RelayExchange.start(
            ExchangeConfig.defaults().withAccounts(List.of(account)).withFlow(0));
    private final List<Map<String, Object>> published = new CopyOnWriteArrayList<>();
    private final Set<String> publishedIds = ConcurrentHashMap.newKeySet();
    private OrderSide side;
    private long nextMessage = 1;

    @BeforeEach
    void start() throws Exception {
        redis.start(directory);
        side = open();
    }

    @AfterEach
    void stop() {
        side.close();
        exchange.close();
        redis.close();
    }

    private OrderSide open() {
        return open(SYMBOL);
    }

    private OrderSide open(String symbol) {
        BinanceOrderConfig venue = BinanceOrderConfig.of(
                exchange.wsApiUri(), exchange.restUri(), "relay-orders-key", "relay-orders-secret");
        OrderSide opened = OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(Instrument.of(symbol)),
                        venue,
                        OrderLimits.defaults(),
                        RiskLimits.off()),
                this::onEvent,
                redis::connection,
                mark -> null);
        await().atMost(PATIENCE)
                .until(() ->
                        opened.isLive() && Boolean.TRUE.equals(opened.health().get("redis_up")));
        return opened;
    }

    private void onEvent(String topic, String kind, byte[] id, Map<String, Object> event) {
        assertThat(topic).isEqualTo("orders.paper." + SYMBOL);
        if (publishedIds.add(HexFormat.of().formatHex(id))) {
            published.add(new HashMap<>(event));
        }
    }

    @Test
    void shouldFillAndShowTheExchangesTradesExactlyOnce() throws Exception {
        Map<String, Object> answer = ask("orders.place", market("BUY", "0.5"));
        assertThat(answer).containsEntry("ok", true);
        String id = field(answer, "client_order_id");
        ask("orders.place", market("SELL", "0.2"));
        awaitPositionEqualsTrades();
        await().atMost(PATIENCE).until(() -> publishedStates(id).contains("FILLED"));
        assertThat(publishedStates(id)).startsWith("PENDING_NEW").endsWith("FILLED");
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.hget("order:paper:" + id, "state")).isEqualTo("FILLED");
            assertThat(jedis.scard("orders:paper:open")).isZero();
        }
    }

    @Test
    void shouldCancelARestingOrderAndRefuseASecondCancelOfAnUnknownOne() throws Exception {
        Map<String, Object> placed = ask("orders.place", limit("50000.00"));
        String id = field(placed, "client_order_id");
        assertThat(field(placed, "state")).isEqualTo("OPEN");
        assertThat(exchange.openOrdersOf("relay-orders-key")).hasSize(1);
        Map<String, Object> cancelled = ask("orders.cancel", Map.of("client_order_id", id));
        assertThat(field(cancelled, "state")).isEqualTo("CANCELLED");
        assertThat(exchange.openOrdersOf("relay-orders-key")).isEmpty();
        assertThat(ask("orders.cancel", Map.of("client_order_id", "nobody"))).containsEntry("code", "UNKNOWN_ORDER");
    }

    @Test
    void shouldFindAnOrderWhosePlaceTimedOutAndNeverSendItTwice() throws Exception {
        exchange.timeoutNextPlace();
        Map<String, Object> request = new HashMap<>(limit("50000.00"));
        request.put("client_order_id", "00112233445566778899aabbccddeeff");
        Map<String, Object> answer = ask("orders.place", request);
        await().atMost(PATIENCE).until(() -> field(status(request), "state").equals("OPEN"));
        assertThat(answer.get("result")).isIn("unknown", "accepted");
        assertThat(ask("orders.place", request)).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf("relay-orders-key")).hasSize(1);
        // the figures are up to 100 ms old, and older where the machine is busy
        await().atMost(PATIENCE)
                .until(() -> Long.valueOf(1).equals(side.health().get("places_written_total")));
    }

    @Test
    void shouldComeBackToTheSameStateAfterARestart() throws Exception {
        ask("orders.place", market("BUY", "0.5"));
        String id = field(ask("orders.place", limit("50000.00")), "client_order_id");
        awaitPositionEqualsTrades();
        side.close();
        try (Jedis jedis = redis.jedis()) {
            jedis.flushAll();
        }
        side = open();
        awaitPositionEqualsTrades();
        assertThat(field(status(Map.of("client_order_id", id)), "state")).isEqualTo("OPEN");
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (Jedis jedis = redis.jedis()) {
                assertThat(jedis.smembers("orders:paper:open")).containsExactly(id);
            }
        });
        assertThat(field(ask("orders.cancel", Map.of("client_order_id", id)), "state"))
                .isEqualTo("CANCELLED");
    }

    @Test
    void shouldGoOnAfterRedisWasLostAndCameBackEmpty() throws Exception {
        ask("orders.place", market("BUY", "0.1"));
        awaitPositionEqualsTrades();
        redis.close();
        await().atMost(PATIENCE).until(() -> Boolean.FALSE.equals(side.health().get("redis_up")));
        assertThat(ask("orders.place", market("BUY", "0.1"))).containsEntry("code", "STATE_UNAVAILABLE");
        redis.restart(directory);
        await().atMost(PATIENCE).until(() -> Boolean.TRUE.equals(side.health().get("redis_up")));
        assertThat(ask("orders.place", market("BUY", "0.1"))).containsEntry("ok", true);
        awaitPositionEqualsTrades();
    }

    @Test
    void shouldReconnectAndReconcileBeforeBeingLive() throws Exception {
        ask("orders.place", market("BUY", "0.1"));
        exchange.disconnectAll();
        await().atMost(PATIENCE)
                .until(() -> Long.valueOf(1).equals(side.health().get("venue_disconnects_total")) && side.isLive());
        ask("orders.place", market("BUY", "0.1"));
        awaitPositionEqualsTrades();
        await().during(Duration.ofMillis(300))
                .until(() -> Long.valueOf(0).equals(side.health().get("external_orders_total")));
    }

    @Test
    void shouldCloseTheGateByFileAndCancelWhatIsOpen() throws Exception {
        assertThat(field(ask("orders.place", limit("50000.00")), "state")).isEqualTo("OPEN");
        Files.createFile(directory.resolve(OrderConfig.KILL_FILE));
        await().atMost(PATIENCE)
                .until(() -> exchange.openOrdersOf("relay-orders-key").isEmpty());
        assertThat(ask("orders.place", limit("50000.00"))).containsEntry("code", "KILLED");
        assertThat(ask("orders.release", Map.of())).containsEntry("code", "KILLED");
        Files.delete(directory.resolve(OrderConfig.KILL_FILE));
        assertThat(ask("orders.release", Map.of())).containsEntry("result", "released");
        assertThat(ask("orders.place", limit("50000.00"))).containsEntry("ok", true);
    }

    @Test
    void aSymbolWithAnOpenOrderCannotBeTakenOutOfTheConfiguration() throws Exception {
        assertThat(field(ask("orders.place", limit("50000.00")), "state")).isEqualTo("OPEN");
        side.close();
        assertThatThrownBy(() -> open("ETH-USDT"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not configured: [BTC-USDT]");
        side = open();
        assertThat(exchange.openOrdersOf("relay-orders-key")).hasSize(1);
    }

    @Test
    void I44_aKillByAFileThatWasThereAtTheStartOutlivesTheFile() throws Exception {
        side.close();
        Files.createFile(directory.resolve(OrderConfig.KILL_FILE));
        side = open();
        side.close();
        Files.delete(directory.resolve(OrderConfig.KILL_FILE));
        side = open();
        assertThat(side.isKilled()).isTrue();
        assertThat(ask("orders.release", Map.of())).containsEntry("result", "released");
    }

    @Test
    void shouldNotWriteAnOrderThatWaitedInTheMailboxForLongerThanItsTimeToLive() throws Exception {
        byte[] old = MessageAgeTest.idOf(System.currentTimeMillis() - 60_000);
        assertThat(ask(old, "orders.place", limit("50000.00"))).containsEntry("code", "TTL_EXPIRED");
        assertThat(exchange.ordersOf("relay-orders-key")).isEmpty();
        Map<String, Object> patient = new HashMap<>(limit("50000.00"));
        patient.put("ttl_ms", 600_000);
        assertThat(ask(old, "orders.place", patient)).containsEntry("ok", true);
    }

    @Test
    void shouldNameTheFieldOfABadRequest() throws Exception {
        Map<String, Object> request = new HashMap<>(limit("50000.00"));
        request.put("price", 1.0);
        assertThat(ask("orders.place", request)).containsEntry("code", "BAD_REQUEST");
        assertThat(ask("orders.nonsense", Map.of())).containsEntry("code", "BAD_REQUEST");
        assertThat(ask("orders.place", Map.of("symbol", SYMBOL, "colour", "red")))
                .extractingByKey("reason")
                .asString()
                .contains("colour");
    }

    private void awaitPositionEqualsTrades() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<Trade> trades = exchange.tradesOf("relay-orders-key");
            assertThat(trades).isNotEmpty();
            BigDecimal expected = BigDecimal.ZERO;
            for (Trade trade : trades) {
                BigDecimal quantity = new BigDecimal(trade.qty());
                expected = trade.side().equals("BUY") ? expected.add(quantity) : expected.subtract(quantity);
                if (trade.commissionAsset().equals("BTC")) {
                    expected = expected.subtract(new BigDecimal(trade.commission()));
                }
            }
            try (Jedis jedis = redis.jedis()) {
                Map<String, String> position = jedis.hgetAll("position:paper:" + SYMBOL);
                assertThat(position).containsEntry("fills", Integer.toString(trades.size()));
                assertThat(new BigDecimal(position.get("quantity"))).isEqualByComparingTo(expected);
            }
        });
    }

    private List<String> publishedStates(String clientId) {
        return published.stream()
                .filter(event -> clientId.equals(event.get("client_order_id")))
                .map(event -> String.valueOf(event.get("state")))
                .toList();
    }

    private Map<String, Object> status(Map<String, Object> request) throws Exception {
        return ask("orders.status", Map.of("client_order_id", String.valueOf(request.get("client_order_id"))));
    }

    private Map<String, Object> ask(String kind, Map<String, Object> body) throws Exception {
        return ask(ByteBuffer.allocate(16).putLong(7).putLong(nextMessage++).array(), kind, body);
    }

    private Map<String, Object> ask(byte[] messageId, String kind, Map<String, Object> body) throws Exception {
        return side.onRequest(kind, "alice", messageId, body).get(15, TimeUnit.SECONDS);
    }

    private static Map<String, Object> market(String side, String quantity) {
        return Map.of("symbol", SYMBOL, "side", side, "type", "MARKET", "quantity", quantity);
    }

    private static Map<String, Object> limit(String price) {
        return Map.of("symbol", SYMBOL, "side", "BUY", "type", "LIMIT", "price", price, "quantity", "0.1");
    }

    private static String field(Map<String, Object> answer, String name) {
        if (answer.get("order") instanceof Map<?, ?> order) {
            return String.valueOf(order.get(name));
        }
        throw new AssertionError("answer without order: " + answer);
    }
}
