package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.account.ApiKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WsApiIT {
    private static final List<String> REPORT_KEYS = List.of(
            "e", "E", "s", "c", "S", "o", "f", "q", "p", "P", "F", "g", "C", "x", "X", "r", "i", "l", "z", "L", "n",
            "N", "T", "t", "v", "I", "w", "m", "M", "O", "Z", "Y", "Q", "W", "V");

    private RelayExchange exchange;
    private TestClient demo;
    private TestClient.Socket socket;

    @BeforeEach
    void start() {
        exchange = RelayExchange.start(ExchangeConfig.defaults().withFlow(0));
        demo = new TestClient(exchange, "demo");
        socket = demo.open(exchange.wsApiUri());
    }

    @AfterEach
    void stop() {
        exchange.close();
    }

    @Test
    void shouldPlaceFillCancelAndTellTheOwner() {
        assertThat(call("1", "userDataStream.subscribe.signature", demo.wsParams())
                        .get("result")
                        .get("subscriptionId")
                        .asInt())
                .isZero();
        assertThat(code(call("2", "userDataStream.subscribe.signature", demo.wsParams())))
                .isEqualTo(-2035);
        JsonNode bought = call(
                "3",
                "order.place",
                demo.wsParams("symbol", "BTCUSDT", "side", "BUY", "type", "MARKET", "quantity", "0.1"));
        assertThat(bought.get("status").asInt()).isEqualTo(200);
        assertThat(bought.get("result").get("status").asText()).isEqualTo("FILLED");
        assertThat(bought.get("rateLimits")).hasSize(3);
        JsonNode rests = call(
                "4",
                "order.place",
                demo.wsParams(
                        "symbol",
                        "BTCUSDT",
                        "side",
                        "BUY",
                        "type",
                        "LIMIT",
                        "timeInForce",
                        "GTC",
                        "quantity",
                        "0.1",
                        "price",
                        "50000",
                        "newClientOrderId",
                        "mine"));
        assertThat(rests.get("result").get("status").asText()).isEqualTo("NEW");
        assertThat(call("5", "openOrders.status", demo.wsParams()).get("result"))
                .hasSize(1);
        JsonNode cancelled = call("6", "order.cancel", demo.wsParams("symbol", "BTCUSDT", "origClientOrderId", "mine"));
        assertThat(cancelled.get("result").get("status").asText()).isEqualTo("CANCELED");
        List<JsonNode> reports = events("executionReport");
        reports.forEach(report ->
                REPORT_KEYS.forEach(key -> assertThat(report.has(key)).as(key).isTrue()));
        assertThat(reports.stream().map(report -> report.get("x").asText()).distinct())
                .containsExactly("NEW", "TRADE", "CANCELED");
        JsonNode last = reports.get(reports.size() - 1);
        assertThat(last.get("C").asText()).isEqualTo("mine");
        assertThat(last.get("c").asText()).isNotEqualTo("mine");
        List<JsonNode> positions = events("outboundAccountPosition");
        assertThat(positions.get(0).get("B").get(0).get("f").asText()).isEqualTo("100.09990000");
        assertThat(last.get("I").asLong()).isGreaterThan(reports.get(0).get("I").asLong());
    }

    @Test
    void shouldAnswerQueriesAndRefusals() {
        assertThat(call("1", "ping", "{}").get("result").toString()).isEqualTo("{}");
        assertThat(call("2", "time", "{\"returnRateLimits\":false}").has("rateLimits"))
                .isFalse();
        assertThat(call("3", "depth", "{\"symbol\":\"BTCUSDT\",\"limit\":5}")
                        .get("result")
                        .get("asks"))
                .hasSize(5);
        assertThat(code(call("4", "nothing", "{}"))).isEqualTo(-1000);
        assertThat(code(call("5", "session.logon", demo.wsParams()))).isEqualTo(-4056);
        assertThat(code(call(
                        "6", "account.status", "{\"timestamp\":1,\"apiKey\":\"relay-demo-key\",\"signature\":\"0\"}")))
                .isEqualTo(-1021);
        exchange.revokeKey(demo.key());
        assertThat(code(call("7", "account.status", demo.wsParams()))).isEqualTo(-2015);
        socket.send("not json");
        await().until(() -> socket.messages.stream().anyMatch(message -> code(message) == -1135));
    }

    @Test
    void shouldLogOnWithEd25519() throws GeneralSecurityException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String encoded = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
        exchange.close();
        exchange = RelayExchange.start(ExchangeConfig.defaults()
                .withFlow(0)
                .withAccounts(List.of(
                        new AccountConfig("ed", new ApiKey.Ed25519("ed-key", encoded), Map.of("USDT", "100")))));
        socket = demo.open(exchange.wsApiUri());
        long now = System.currentTimeMillis();
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update(("apiKey=ed-key&timestamp=" + now).getBytes(StandardCharsets.UTF_8));
        String signature = Base64.getEncoder().encodeToString(signer.sign());
        JsonNode logon = call(
                "1",
                "session.logon",
                "{\"apiKey\":\"ed-key\",\"timestamp\":" + now + ",\"signature\":\"" + signature + "\"}");
        assertThat(logon.get("result").get("apiKey").asText()).isEqualTo("ed-key");
        JsonNode account = call("2", "account.status", "{\"timestamp\":" + now + "}");
        assertThat(account.get("result").get("balances").toString()).contains("100.00000000");
        assertThat(call("3", "userDataStream.subscribe", "{}")
                        .get("result")
                        .get("subscriptionId")
                        .asInt())
                .isZero();
    }

    @Test
    void shouldCutEveryConnectionOnDemand() {
        exchange.disconnectAll();
        await().until(() -> socket.closed);
        assertThat(exchange.connectionCount()).isZero();
    }

    private JsonNode call(String id, String method, String params) {
        socket.send("{\"id\":\"" + id + "\",\"method\":\"" + method + "\",\"params\":" + params + "}");
        await().until(() -> answer(id) != null);
        return Objects.requireNonNull(answer(id));
    }

    private @Nullable JsonNode answer(String id) {
        return socket.messages.stream()
                .filter(message -> message.path("id").asText().equals(id))
                .findFirst()
                .orElse(null);
    }

    private List<JsonNode> events(String type) {
        List<JsonNode> events = new ArrayList<>();
        for (JsonNode message : socket.messages) {
            if (message.path("event").path("e").asText().equals(type)) {
                events.add(message.get("event"));
            }
        }
        return events;
    }

    private static int code(JsonNode answer) {
        return answer.path("error").path("code").asInt();
    }
}
