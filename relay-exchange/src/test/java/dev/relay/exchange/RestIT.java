package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.api.LimitsConfig;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RestIT {
    private RelayExchange exchange;
    private TestClient demo;
    private TestClient other;

    @BeforeEach
    void start() {
        exchange = RelayExchange.start(ExchangeConfig.defaults().withFlow(0));
        demo = new TestClient(exchange, "demo");
        other = new TestClient(exchange, "other");
    }

    @AfterEach
    void stop() {
        exchange.close();
    }

    @Test
    void shouldServeMarketDataLikeTheVenue() {
        assertThat(demo.get("/api/v3/ping").body().toString()).isEqualTo("{}");
        assertThat(demo.get("/api/v3/time").body().get("serverTime").asLong()).isPositive();
        JsonNode info = demo.get("/api/v3/exchangeInfo").body();
        assertThat(info.get("symbols")).hasSize(3);
        assertThat(info.get("rateLimits").get(0).get("limit").asInt()).isEqualTo(6000);
        JsonNode depth = demo.get("/api/v3/depth?symbol=BTCUSDT&limit=50").body();
        assertThat(depth.get("bids")).hasSize(50);
        assertThat(depth.get("bids").get(0).get(0).asText()).matches("\\d+\\.\\d{8}");
        BookView truth = exchange.book("BTCUSDT", 50);
        assertThat(depth.get("lastUpdateId").asLong()).isEqualTo(truth.lastUpdateId());
        assertThat(new BigDecimal(depth.get("asks").get(0).get(0).asText()))
                .isEqualByComparingTo(truth.asks().get(0).price());
        assertThat(demo.get("/api/v3/ticker/bookTicker").body()).hasSize(3);
        assertThat(demo.get("/api/v3/depth?symbol=NOPE").body().get("code").asInt())
                .isEqualTo(-1121);
    }

    @Test
    void shouldPlaceFillAndBookMoneyOnBothSides() {
        String best = exchange.book("BTCUSDT", 1).asks().get(0).price();
        String inside = new BigDecimal(best).subtract(new BigDecimal("0.01")).toPlainString();
        JsonNode resting = other.signed(
                        "POST",
                        "/api/v3/order",
                        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.5&price=" + inside)
                .body();
        assertThat(resting.get("status").asText()).isEqualTo("NEW");
        JsonNode taken = demo.signed(
                        "POST",
                        "/api/v3/order",
                        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.2&newClientOrderId=buy-1")
                .body();
        assertThat(taken.get("status").asText()).isEqualTo("FILLED");
        assertThat(taken.get("fills").get(0).get("price").asText()).isEqualTo(inside + "000000");
        assertThat(taken.get("fills").get(0).get("commission").asText()).isEqualTo("0.00020000");
        assertThat(balance(demo, "BTC").free()).isEqualTo("100.1998");
        assertThat(exchange.balancesOf(other.key()).get("BTC")).isEqualTo(new BalanceView("99.5", "0.3"));
        JsonNode mine = demo.signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT").body();
        assertThat(mine).hasSize(1);
        assertThat(mine.get(0).get("isMaker").asBoolean()).isFalse();
        assertThat(exchange.tradesOf(demo.key())).hasSize(1);
        assertThat(demo.signed("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=buy-1")
                        .body()
                        .get("executedQty")
                        .asText())
                .isEqualTo("0.20000000");
    }

    @Test
    void shouldCancelAndGiveTheMoneyBack() {
        JsonNode placed = demo.signed(
                        "POST",
                        "/api/v3/order",
                        "symbol=ETHUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2000&newClientOrderId=a")
                .body();
        assertThat(demo.signed("GET", "/api/v3/openOrders", "").body()).hasSize(1);
        assertThat(exchange.balancesOf(demo.key()).get("USDT")).isEqualTo(new BalanceView("9998000", "2000"));
        JsonNode cancelled = demo.signed(
                        "DELETE",
                        "/api/v3/order",
                        "symbol=ETHUSDT&orderId=" + placed.get("orderId").asLong())
                .body();
        assertThat(cancelled.get("status").asText()).isEqualTo("CANCELED");
        assertThat(cancelled.get("origClientOrderId").asText()).isEqualTo("a");
        assertThat(exchange.balancesOf(demo.key()).get("USDT")).isEqualTo(new BalanceView("10000000", "0"));
        assertThat(code(demo.signed("DELETE", "/api/v3/order", "symbol=ETHUSDT&origClientOrderId=a")))
                .isEqualTo(-2011);
    }

    @Test
    void shouldRefuseWithTheVenuesCodes() {
        String order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";
        assertThat(code(place(order + "&quantity=0.001&price=60000.001"))).isEqualTo(-1013);
        assertThat(code(place(order + "&quantity=0.000001&price=60000"))).isEqualTo(-1013);
        assertThat(code(place(order + "&quantity=0.00001&price=60000"))).isEqualTo(-1013);
        assertThat(code(place(order + "&quantity=0.000000001&price=60000"))).isEqualTo(-1111);
        assertThat(code(place(order + "&quantity=1000&price=60000"))).isEqualTo(-2010);
        assertThat(code(place(order + "&quantity=x&price=60000"))).isEqualTo(-1100);
        assertThat(code(place(order + "&price=60000"))).isEqualTo(-1102);
        assertThat(code(place("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=70000")))
                .isEqualTo(-2010);
        String twice = order + "&quantity=0.01&price=60000&newClientOrderId=twice";
        assertThat(place(twice).status()).isEqualTo(200);
        assertThat(place(twice).body().get("msg").asText()).isEqualTo("Duplicate order sent.");
        assertThat(code(demo.call("GET", "/api/v3/account?timestamp=1&signature=00")))
                .isEqualTo(-1021);
        assertThat(code(demo.call("GET", "/api/v3/account?timestamp=" + System.currentTimeMillis() + "&signature=00")))
                .isEqualTo(-1022);
        assertThat(code(new TestClient(exchange, "nobody").signed("GET", "/api/v3/account", "")))
                .isEqualTo(-2015);
        assertThat(demo.get("/api/v3/nothing").status()).isEqualTo(404);
    }

    @Test
    void shouldHonourTimeInForce() {
        String order = "symbol=SOLUSDT&side=SELL&type=LIMIT&quantity=9000&price=140";
        assertThat(place(order + "&timeInForce=FOK").body().get("status").asText())
                .isEqualTo("EXPIRED");
        JsonNode ioc = place(order + "&timeInForce=IOC").body();
        assertThat(ioc.get("status").asText()).isEqualTo("EXPIRED");
        assertThat(new BigDecimal(ioc.get("executedQty").asText())).isPositive();
        assertThat(balance(demo, "SOL").locked()).isEqualTo("0");
        assertThat(exchange.openOrdersOf(demo.key())).isEmpty();
    }

    @Test
    void shouldTimeOutAnOrderThatIsLive() {
        exchange.timeoutNextPlace();
        TestClient.Answer answer = place(
                "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000&newClientOrderId=ghost");
        assertThat(answer.status()).isEqualTo(504);
        assertThat(code(answer)).isEqualTo(-1007);
        assertThat(exchange.openOrdersOf(demo.key())).hasSize(1);
    }

    @Test
    void shouldCountWeightAndRefuseThenBan() {
        exchange.close();
        exchange = RelayExchange.start(
                ExchangeConfig.defaults().withFlow(0).withLimits(new LimitsConfig(100, 50, 1000, 300, 5, 1024, 2)));
        demo = new TestClient(exchange, "demo");
        TestClient.Answer first = demo.get("/api/v3/exchangeInfo");
        assertThat(first.header("X-MBX-USED-WEIGHT-1M")).isEqualTo("20");
        assertThat(place("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01").header("X-MBX-ORDER-COUNT-10S"))
                .isEqualTo("0");
        TestClient.Answer refused = Stream.generate(() -> demo.get("/api/v3/depth?symbol=BTCUSDT&limit=1000"))
                .filter(answer -> answer.status() != 200)
                .findFirst()
                .orElseThrow();
        assertThat(refused.status()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
        TestClient.Answer banned = Stream.generate(() -> demo.get("/api/v3/depth?symbol=BTCUSDT&limit=5000"))
                .filter(answer -> answer.status() == 418)
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(banned.header("Retry-After"))).isBetween(100, 120);
        assertThat(demo.get("/api/v3/ping").status()).isEqualTo(418);
    }

    @Test
    void shouldTellTheTruthOnLoopback() {
        JsonNode book = demo.get("/relay/truth/book?symbol=BTCUSDT&limit=3").body();
        assertThat(book.get("bids")).hasSize(3);
        assertThat(demo.get("/relay/truth/account?apiKey=" + demo.key())
                        .body()
                        .get("balances")
                        .has("USDT"))
                .isTrue();
        assertThat(demo.get("/relay/flow?paused=true").body().get("paused").asBoolean())
                .isTrue();
        assertThat(demo.get("/relay/fault?kind=nonsense").status()).isEqualTo(400);
    }

    private BalanceView balance(TestClient client, String asset) {
        return Objects.requireNonNull(exchange.balancesOf(client.key()).get(asset));
    }

    private TestClient.Answer place(String query) {
        return demo.signed("POST", "/api/v3/order", query);
    }

    private static int code(TestClient.Answer answer) {
        return answer.body().path("code").asInt();
    }
}
