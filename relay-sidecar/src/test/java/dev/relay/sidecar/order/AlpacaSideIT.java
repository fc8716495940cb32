package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.Trade;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
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

/** The order side at Alpaca's paper trading, on real sockets: the local exchange, a real Redis, a real journal. */
class AlpacaSideIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String KEY = "relay-alpaca-key";
    private static final String BTC = "BTC-USD";
    private static final String SHARES = "AAPL-USD";

    @TempDir
    Path directory;

    private final RedisChild redis = new RedisChild();
    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withSymbols(List.of(SymbolSpec.known("BTCUSD"), SymbolSpec.known("AAPLUSD")))
            .withFlow(0));
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
        AlpacaOrderConfig venue = AlpacaOrderConfig.of(
                exchange.alpacaUri(),
                URI.create("ws://127.0.0.1:" + exchange.port() + "/alpaca/stream"),
                KEY,
                "relay-alpaca-secret");
        OrderSide opened = OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(AlpacaOrderConfig.instrument(BTC), AlpacaOrderConfig.instrument("AAPL")),
                        venue,
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
        for (int i = 0; i < 40; i++) {
            boolean isShares = random.nextBoolean();
            String symbol = isShares ? SHARES : BTC;
            boolean takes = random.nextInt(3) > 0;
            String price = takes ? (isShares ? "195.00" : "65000.00") : (isShares ? "150.00" : "50000.00");
            String quantity = isShares ? "2" : "0.0" + (1 + random.nextInt(9));
            String tif = takes ? "IOC" : isShares ? "DAY" : "GTC";
            Map<String, Object> answer = ask("orders.place", limit(symbol, "BUY", price, quantity, tif));
            assertThat(answer).as("%s", answer).containsEntry("ok", true);
            if (!takes && random.nextBoolean()) {
                Map<String, Object> cancelled =
                        ask("orders.cancel", Map.of("client_order_id", field(answer, "client_order_id")));
                assertThat(field(cancelled, "state")).isEqualTo("CANCELLED");
            }
        }
        assertThat(ask("orders.place", limit(BTC, "SELL", "60000.00", "0.05", "IOC")))
                .containsEntry("ok", true);
        awaitAgreement();
    }

    @Test
    void shouldBookWhatWasTradedWhileTheStreamWasAwayExactlyOnce() throws Exception {
        ask("orders.place", limit(BTC, "BUY", "65000.00", "0.5", "IOC"));
        Map<String, Object> resting = ask("orders.place", limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        side.close();
        try (Jedis jedis = redis.jedis()) {
            jedis.flushAll();
        }
        side = open();
        exchange.disconnectAll();
        ask("orders.place", limit(BTC, "BUY", "65000.00", "0.2", "IOC"));
        awaitAgreement();
        assertThat(field(ask("orders.status", Map.of("client_order_id", field(resting, "client_order_id"))), "state"))
                .isEqualTo("OPEN");
    }

    @Test
    void shouldPlaceNothingTwiceUnderOneId() throws Exception {
        Map<String, Object> request = new HashMap<>(limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        request.put("client_order_id", "00112233445566778899aabbccddeeff");
        assertThat(ask("orders.place", request)).containsEntry("ok", true);
        assertThat(ask("orders.place", request)).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf(KEY)).hasSize(1);
    }

    @Test
    void shouldEndADayOrderWithItsDayAndRefuseWhatAlpacaHasNot() throws Exception {
        Map<String, Object> day = ask("orders.place", limit(SHARES, "BUY", "150.00", "3", "DAY"));
        exchange.fault("market-close", "");
        String id = field(day, "client_order_id");
        await().atMost(PATIENCE)
                .until(() -> field(ask("orders.status", Map.of("client_order_id", id)), "state")
                        .equals("EXPIRED"));
        assertThat(ask("orders.place", limit(BTC, "BUY", "50000.00", "0.1", "DAY")))
                .containsEntry("code", "VENUE_REJECTED")
                .extractingByKey("reason")
                .asString()
                .contains("invalid crypto time_in_force");
        Map<String, Object> maker = new HashMap<>(limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        maker.put("type", "LIMIT_MAKER");
        maker.remove("tif");
        assertThat(ask("orders.place", maker)).containsEntry("ok", false);
    }

    private void awaitAgreement() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (Jedis jedis = redis.jedis()) {
                assertThat(jedis.smembers("orders:paper:open"))
                        .containsExactlyInAnyOrderElementsOf(exchange.openOrdersOf(KEY).stream()
                                .map(order -> order.clientOrderId())
                                .toList());
                for (String symbol : List.of(BTC, SHARES)) {
                    String held = jedis.hget("position:paper:" + symbol, "quantity");
                    assertThat(new BigDecimal(held == null ? "0" : held))
                            .as(symbol)
                            .isEqualByComparingTo(
                                    trades(symbol).map(AlpacaSideIT::signed).reduce(BigDecimal.ZERO, BigDecimal::add));
                    String fills = jedis.hget("position:paper:" + symbol, "fills");
                    assertThat(fills == null ? "0" : fills)
                            .isEqualTo(Long.toString(trades(symbol).count()));
                }
                String base = jedis.hget("balance:paper:BTC", "free");
                assertThat(new BigDecimal(base == null ? "0" : base))
                        .isEqualByComparingTo(
                                Objects.requireNonNull(exchange.balancesOf(KEY).get("BTC"))
                                        .free());
            }
        });
    }

    private Stream<Trade> trades(String symbol) {
        return exchange.tradesOf(KEY).stream().filter(trade -> trade.symbol().equals(symbol.replace("-", "")));
    }

    private static BigDecimal signed(Trade trade) {
        BigDecimal quantity = new BigDecimal(trade.qty());
        return trade.side().equals("BUY") ? quantity : quantity.negate();
    }

    private static Map<String, Object> limit(String symbol, String side, String price, String quantity, String tif) {
        return Map.of(
                "symbol", symbol, "side", side, "type", "LIMIT", "price", price, "quantity", quantity, "tif", tif);
    }

    private Map<String, Object> ask(String kind, Map<String, Object> body) throws Exception {
        byte[] id = ByteBuffer.allocate(16).putLong(7).putLong(nextMessage++).array();
        return side.onRequest(kind, "alice", id, body).get(20, TimeUnit.SECONDS);
    }

    private static String field(Map<String, Object> answer, String name) {
        return answer.get("order") instanceof Map<?, ?> order ? String.valueOf(order.get(name)) : "";
    }
}
