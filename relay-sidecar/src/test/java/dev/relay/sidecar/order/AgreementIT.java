package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** After a seeded session of the order side, clients that nobody here wrote see the same orders, fills and positions as Redis shows. */
class AgreementIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final BigDecimal UNITS = new BigDecimal("100000000");
    private static final Map<String, Set<String>> STATES = Map.of(
            "OPEN", Set.of("NEW", "new"),
            "PARTIALLY_FILLED", Set.of("PARTIALLY_FILLED", "partially_filled"),
            "FILLED", Set.of("FILLED", "filled"),
            "CANCELLED", Set.of("CANCELED", "canceled"),
            "EXPIRED", Set.of("EXPIRED", "EXPIRED_IN_MATCH", "expired", "canceled"));

    @TempDir
    Path directory;

    private long nextMessage = 1;
    private final List<String> placed = new ArrayList<>();

    @Test
    void ccxtAndTheOfficialJavaClientAgreeWithRedis() throws Exception {
        ExchangeConfig config = ExchangeConfig.defaults()
                .withAccounts(List.of(AccountConfig.ready("orders")))
                .withFlow(100);
        try (RelayExchange exchange = RelayExchange.start(config);
                RedisChild redis = started()) {
            OrderVenue venue = BinanceOrderConfig.of(
                    exchange.wsApiUri(), exchange.restUri(), "relay-orders-key", "relay-orders-secret");
            Instrument btc = Instrument.of("BTC-USDT");
            try (OrderSide side = open(venue, redis, btc)) {
                trade(side, List.of(btc), 60, 21, true);
                exchange.pauseFlow();
                settle(side, redis, exchange, "relay-orders-key");
                JsonNode seen = Judge.node(
                        "ccxt-agree.mjs",
                        Integer.toString(exchange.port()),
                        "relay-orders-key",
                        "relay-orders-secret",
                        "BTC/USDT");
                compareWithRedis(redis, seen);
                OfficialClient official =
                        new OfficialClient(exchange.restUri(), "relay-orders-key", "relay-orders-secret", btc);
                compareWithRedis(redis, official.seen());
            }
        }
    }

    private void compareWithRedis(RedisChild redis, JsonNode seen) {
        try (Jedis jedis = redis.jedis()) {
            compareOrders(jedis, seen);
            Map<String, String> position = jedis.hgetAll("position:paper:BTC-USDT");
            assertThat(new BigDecimal(seen.path("position").asText()).divide(UNITS))
                    .isEqualByComparingTo(position.get("quantity"));
            assertThat(position.get("fills")).isEqualTo(seen.path("fills").asText());
        }
    }

    @Test
    void plainHttpAgreesWithRedisOnAlpaca() throws Exception {
        ExchangeConfig config = ExchangeConfig.defaults()
                .withSymbols(List.of(SymbolSpec.known("BTCUSD"), SymbolSpec.known("AAPLUSD")))
                .withFlow(100);
        try (RelayExchange exchange = RelayExchange.start(config);
                RedisChild redis = started()) {
            OrderVenue venue = AlpacaOrderConfig.of(
                    exchange.alpacaUri(),
                    URI.create("ws://127.0.0.1:" + exchange.port() + "/alpaca/stream"),
                    "relay-alpaca-key",
                    "relay-alpaca-secret");
            List<Instrument> both =
                    List.of(AlpacaOrderConfig.instrument("BTC-USD"), AlpacaOrderConfig.instrument("AAPL"));
            try (OrderSide side = open(venue, redis, both.toArray(new Instrument[0]))) {
                trade(side, both, 30, 22, false);
                exchange.pauseFlow();
                settle(side, redis, exchange, "relay-alpaca-key");
                List<String> arguments = new ArrayList<>(
                        List.of(exchange.alpacaUri().toString(), "relay-alpaca-key", "relay-alpaca-secret"));
                if (System.getProperty("relay.alpaca.py") != null) {
                    arguments.add("--alpaca-py");
                }
                JsonNode seen = Judge.python("alpaca_agree.py", arguments.toArray(new String[0]));
                try (Jedis jedis = redis.jedis()) {
                    compareOrders(jedis, seen);
                    comparePosition(jedis, seen, "BTC-USD", "BTCUSD", "BTC/USD");
                    comparePosition(jedis, seen, "AAPL-USD", "AAPL", "AAPL");
                }
            }
        }
    }

    private RedisChild started() throws Exception {
        RedisChild redis = new RedisChild();
        redis.start(directory);
        return redis;
    }

    private OrderSide open(OrderVenue venue, RedisChild redis, Instrument... instruments) {
        OrderConfig config = new OrderConfig(
                "paper", directory, List.of(instruments), venue, OrderLimits.defaults(), RiskLimits.off());
        OrderSide side = OrderSide.start(config, (topic, kind, id, event) -> {}, redis::connection, symbol -> null);
        await().atMost(PATIENCE)
                .until(() -> side.isLive() && Boolean.TRUE.equals(side.health().get("redis_up")));
        return side;
    }

    /** Takes, rests, cancels; what the venue refuses is part of it. */
    private void trade(OrderSide side, List<Instrument> instruments, int orders, long seed, boolean sells)
            throws Exception {
        Random random = new Random(seed);
        List<String> resting = new ArrayList<>();
        for (int i = 0; i < orders; i++) {
            Instrument instrument = instruments.get(random.nextInt(instruments.size()));
            boolean isShares = instrument.base().equals("AAPL");
            boolean isSell = sells && random.nextBoolean();
            boolean takes = random.nextInt(3) > 0;
            int price = isShares ? 190 : 64_000;
            int away = isShares ? 20 : 4_000;
            Map<String, Object> body = new HashMap<>();
            body.put("symbol", instrument.symbol());
            body.put("side", isSell ? "SELL" : "BUY");
            body.put("type", "LIMIT");
            body.put("price", Integer.toString(takes == isSell ? price - away : price + away));
            body.put("quantity", isShares ? "2" : "0.0" + (1 + random.nextInt(9)));
            body.put("tif", takes ? "IOC" : isShares ? "DAY" : "GTC");
            String id = ClientOrderId.child("00112233445566778899aabbccddeeff", i);
            body.put("client_order_id", id);
            if (Boolean.TRUE.equals(ask(side, "orders.place", body).get("ok"))) {
                placed.add(id);
                if (!takes) {
                    resting.add(id);
                }
            }
            if (resting.size() > 3 && random.nextBoolean()) {
                ask(side, "orders.cancel", Map.of("client_order_id", resting.remove(0)));
            }
        }
        assertThat(placed).hasSizeGreaterThan(orders / 2);
    }

    /** Everything that was told has arrived in Redis: as many fills and open orders as the exchange has. */
    private static void settle(OrderSide side, RedisChild redis, RelayExchange exchange, String key) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (Jedis jedis = redis.jedis()) {
                assertThat(jedis.scard("orders:paper:open"))
                        .isEqualTo(exchange.openOrdersOf(key).size());
                long fills = 0;
                for (String position : jedis.keys("position:paper:*")) {
                    fills += Long.parseLong(jedis.hget(position, "fills"));
                }
                assertThat(fills).isEqualTo(exchange.tradesOf(key).size()).isPositive();
                assertThat(side.health().get("redis_event"))
                        .isEqualTo(side.health().get("journal_event"));
            }
        });
    }

    private void compareOrders(Jedis jedis, JsonNode seen) {
        assertThat(seen.path("orders")).hasSize(placed.size());
        for (String id : placed) {
            Map<String, String> ours = jedis.hgetAll("order:paper:" + id);
            JsonNode theirs = seen.path("orders").path(id);
            assertThat(STATES.get(ours.get("state")))
                    .as("%s %s %s", id, ours, theirs)
                    .contains(theirs.path(0).asText());
            assertThat(new BigDecimal(theirs.path(1).asText())).as(id).isEqualByComparingTo(ours.get("filled"));
        }
        List<String> open = new ArrayList<>();
        seen.path("open").forEach(id -> open.add(id.asText()));
        assertThat(jedis.smembers("orders:paper:open")).containsExactlyInAnyOrderElementsOf(open);
    }

    private static void comparePosition(Jedis jedis, JsonNode seen, String ours, String position, String fills) {
        Map<String, String> held = jedis.hgetAll("position:paper:" + ours);
        assertThat(new BigDecimal(seen.path("positions").path(position).asText("0")))
                .as(ours)
                .isEqualByComparingTo(held.getOrDefault("quantity", "0"));
        assertThat(seen.path("fills").path(fills).asText("0")).as(ours).isEqualTo(held.getOrDefault("fills", "0"));
    }

    private Map<String, Object> ask(OrderSide side, String kind, Map<String, Object> body) throws Exception {
        byte[] id = ByteBuffer.allocate(16).putLong(9).putLong(nextMessage++).array();
        return side.onRequest(kind, "alice", id, body).get(20, TimeUnit.SECONDS);
    }
}
