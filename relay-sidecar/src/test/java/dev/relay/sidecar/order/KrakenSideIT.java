package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.Trade;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The order side in Kraken's words, on real sockets: the local exchange, a real Redis, a real journal. */
class KrakenSideIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "relay-kraken-key";
    private static final String SECRET =
            Base64.getEncoder().encodeToString("relay-kraken-secret".getBytes(StandardCharsets.UTF_8));
    private static final String BTC = "BTC-USD";
    private static final String ID = "00112233445566778899aabbccddeeff";

    @TempDir
    Path directory;

    private final RedisChild redis = new RedisChild();
    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withAccounts(List.of(AccountConfig.hmac("kraken", KEY, SECRET, Map.of("USD", "10000000", "BTC", "10"))))
            .withSymbols(List.of(SymbolSpec.known("BTCUSD")))
            .withFlow(0));
    private OrderSide side;
    private long nextMessage = 1;

    @BeforeEach
    void start() throws Exception {
        redis.start(directory);
        side = open(60);
    }

    @AfterEach
    void stop() {
        side.close();
        exchange.close();
        redis.close();
    }

    private OrderSide open(int deadManS) {
        OrderSide opened = OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(KrakenOrderConfig.instrument(BTC)),
                        new KrakenOrderConfig(
                                exchange.restUri(), exchange.krakenPrivateUri(), KEY, SECRET, 2_000, 5_000, deadManS),
                        new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000),
                        RiskLimits.off()),
                (topic, kind, id, event) -> {},
                redis::connection,
                symbol -> null);
        await().atMost(PATIENCE)
                .until(() ->
                        opened.isLive() && Boolean.TRUE.equals(opened.health().get("redis_up")));
        return opened;
    }

    @Test
    void shouldAgreeWithTheVenueOnOrdersFillsAndPositionsAfterASeededSession() throws Exception {
        Random random = new Random(11);
        for (int i = 0; i < 12; i++) {
            boolean takes = random.nextBoolean();
            Map<String, Object> order =
                    limit(takes ? "65000.00" : "50000.00", "0.0" + (1 + random.nextInt(9)), takes ? "IOC" : "GTC");
            Map<String, Object> answer = ask("orders.place", order);
            assertThat(answer).as("%s", answer).containsEntry("ok", true);
            if (!takes && random.nextBoolean()) {
                Map<String, Object> cancelled =
                        ask("orders.cancel", Map.of("client_order_id", field(answer, "client_order_id")));
                assertThat(field(cancelled, "state")).isEqualTo("CANCELLED");
            }
        }
        awaitAgreement();
        assertThat(exchange.tradesOf(KEY)).isNotEmpty();
    }

    @Test
    void shouldTakeQuantityOffAnOpenOrder() throws Exception {
        ask("orders.place", named(limit("50000.00", "0.5", "GTC")));
        Map<String, Object> amended = ask("orders.amend", Map.of("client_order_id", ID, "quantity", "0.2"));
        assertThat(amended).as("%s", amended).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf(KEY))
                .singleElement()
                .satisfies(order -> assertThat(new BigDecimal(order.qty())).isEqualByComparingTo("0.2"));
        awaitAgreement();
    }

    @Test
    void O1_aPlaceWithoutAnAnswerIsFoundByItsClientIdAndNeverSentAgain() throws Exception {
        exchange.fault("place-no-answer", "");
        assertThat(ask("orders.place", named(limit("50000.00", "0.1", "GTC")))).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf(KEY)).hasSize(1);
        exchange.fault("place-timeout", "");
        ask("orders.place", limit("50001.00", "0.1", "GTC"));
        awaitAgreement();
        assertThat(exchange.ordersOf(KEY)).hasSize(2);
    }

    @Test
    void O8_whatWasTradedWhileNobodyListenedIsBookedOnceBeforeLive() throws Exception {
        ask("orders.place", named(limit("50000.00", "0.4", "GTC")));
        side.close();
        exchange.hit(KEY, "BTCUSD", ID, 0.5);
        try (Jedis jedis = redis.jedis()) {
            jedis.flushAll();
        }
        side = open(60);
        awaitAgreement();
        assertThat(field(ask("orders.status", Map.of("client_order_id", ID)), "state"))
                .isEqualTo("PARTIALLY_FILLED");
        exchange.disconnectAll();
        exchange.hit(KEY, "BTCUSD", ID, 1);
        await().atMost(PATIENCE)
                .until(() -> field(ask("orders.status", Map.of("client_order_id", ID)), "state")
                        .equals("FILLED"));
        awaitAgreement();
    }

    @Test
    void theVenueCancelsEverythingWhenThisSideIsNotHeardOfAnyMore() throws Exception {
        side.close();
        side = open(3);
        ask("orders.place", named(limit("50000.00", "0.4", "GTC")));
        assertThat(exchange.openOrdersOf(KEY)).hasSize(1);
        side.close();
        await().atMost(PATIENCE).until(() -> exchange.openOrdersOf(KEY).isEmpty());
        side = open(60);
        await().atMost(PATIENCE)
                .until(() -> field(ask("orders.status", Map.of("client_order_id", ID)), "state")
                        .equals("CANCELLED"));
    }

    @Test
    void aRefusedKeyIsAFactOfItsHealth() {
        exchange.revokeKey(KEY);
        exchange.disconnectAll();
        await().atMost(PATIENCE).until(side::isKeyRefused);
        assertThat(side.isLive()).isFalse();
    }

    private void awaitAgreement() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (Jedis jedis = redis.jedis()) {
                assertThat(jedis.smembers("orders:paper:open"))
                        .containsExactlyInAnyOrderElementsOf(exchange.openOrdersOf(KEY).stream()
                                .map(OpenOrder::clientOrderId)
                                .toList());
                String held = jedis.hget("position:paper:" + BTC, "quantity");
                assertThat(new BigDecimal(held == null ? "0" : held))
                        .isEqualByComparingTo(
                                trades().map(KrakenSideIT::signed).reduce(BigDecimal.ZERO, BigDecimal::add));
                String fills = jedis.hget("position:paper:" + BTC, "fills");
                assertThat(fills == null ? "0" : fills).isEqualTo(Long.toString(trades().count()));
                String usd = jedis.hget("balance:paper:USD", "free");
                assertThat(new BigDecimal(usd == null ? "0" : usd))
                        .isEqualByComparingTo(
                                Objects.requireNonNull(exchange.balancesOf(KEY).get("USD"))
                                        .free());
            }
        });
    }

    private Stream<Trade> trades() {
        return exchange.tradesOf(KEY).stream();
    }

    private static BigDecimal signed(Trade trade) {
        BigDecimal quantity = new BigDecimal(trade.qty());
        BigDecimal fee = trade.commissionAsset().equals("BTC") ? new BigDecimal(trade.commission()) : BigDecimal.ZERO;
        return trade.side().equals("BUY")
                ? quantity.subtract(fee)
                : quantity.negate().subtract(fee);
    }

    private static Map<String, Object> named(Map<String, Object> order) {
        Map<String, Object> named = new HashMap<>(order);
        named.put("client_order_id", ID);
        return named;
    }

    private static Map<String, Object> limit(String price, String quantity, String tif) {
        return Map.of("symbol", BTC, "side", "BUY", "type", "LIMIT", "price", price, "quantity", quantity, "tif", tif);
    }

    private Map<String, Object> ask(String kind, Map<String, Object> body) throws Exception {
        byte[] id = ByteBuffer.allocate(16).putLong(7).putLong(nextMessage++).array();
        return side.onRequest(kind, "alice", id, body).get(20, TimeUnit.SECONDS);
    }

    private static String field(Map<String, Object> answer, String name) {
        return answer.get("order") instanceof Map<?, ?> order ? String.valueOf(order.get(name)) : "";
    }
}
