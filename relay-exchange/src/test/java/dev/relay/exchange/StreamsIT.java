package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamsIT {
    private RelayExchange exchange;
    private TestClient demo;

    @BeforeEach
    void start() {
        exchange = RelayExchange.start(ExchangeConfig.defaults().withFlow(2000));
        demo = new TestClient(exchange, "demo");
    }

    @AfterEach
    void stop() {
        exchange.close();
    }

    @Test
    void shouldLetAReaderKeepTheExchangesBookFromSnapshotAndDeltas() {
        TestClient.Socket socket = demo.open(exchange.streamUri().resolve("/ws/btcusdt@depth@100ms"));
        await().until(() -> socket.messages.size() > 3);
        JsonNode snapshot = demo.get("/api/v3/depth?symbol=BTCUSDT&limit=5000").body();
        await().until(() -> socket.messages.size() > 12);
        exchange.pauseFlow();
        BookView truth = exchange.book("BTCUSDT", 25);
        await().until(() ->
                socket.messages.get(socket.messages.size() - 1).get("u").asLong() == truth.lastUpdateId());
        assertThat(rebuilt(snapshot, socket.messages, "bids", "b", Comparator.reverseOrder()))
                .isEqualTo(truth.bids());
        assertThat(rebuilt(snapshot, socket.messages, "asks", "a", Comparator.naturalOrder()))
                .isEqualTo(truth.asks());
    }

    @Test
    void shouldChainUpdateIdsAndShowAGapOnlyWhenADeltaIsDropped() {
        TestClient.Socket socket = demo.open(exchange.streamUri().resolve("/stream?streams=ethusdt@depth@100ms"));
        await().until(() -> socket.messages.size() > 5);
        assertThat(gaps(socket.messages)).isZero();
        exchange.dropNextDepthEvent("ETHUSDT");
        await().until(() -> exchange.droppedDepthCount() == 1);
        int seen = socket.messages.size();
        await().until(() -> socket.messages.size() > seen + 3);
        assertThat(gaps(socket.messages)).isEqualTo(1);
    }

    @Test
    void shouldAnswerControlMessagesAndStreamWhatWasAskedFor() {
        TestClient.Socket socket = demo.open(exchange.streamUri().resolve("/stream/ws/0"));
        socket.send("{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@bookTicker\",\"btcusdt@trade\","
                + "\"btcusdt@aggTrade\",\"btcusdt@depth5@100ms\"],\"id\":1}");
        await().until(() -> !socket.messages.isEmpty());
        assertThat(socket.messages.get(0).toString()).isEqualTo("{\"result\":null,\"id\":1}");
        await().until(() -> has(socket, "t") && has(socket, "u") && has(socket, "l") && has(socket, "lastUpdateId"));
        socket.send("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":\"x\"}");
        await().until(() -> socket.messages.stream()
                .anyMatch(message -> message.path("id").asText().equals("x")
                        && message.path("result").size() == 4));
        socket.send("{\"method\":\"NONSENSE\",\"id\":3}");
        await().until(() -> socket.messages.stream()
                .anyMatch(message -> message.path("code").asInt() == 2));
    }

    @Test
    void shouldCloseWhoSendsMoreThanFiveMessagesASecond() {
        TestClient.Socket socket = demo.open(exchange.streamUri().resolve("/ws"));
        for (int i = 0; i < 11 && !socket.closed; i++) {
            socket.trySend("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":" + i + "}");
        }
        await().until(() -> socket.closed);
    }

    @Test
    void shouldPingAndCutAtTheEndOfTheLifetime() {
        exchange.close();
        exchange = RelayExchange.start(ExchangeConfig.defaults().withSessions(new SessionConfig(20, 1000, 400, 10)));
        demo = new TestClient(exchange, "demo");
        TestClient.Socket socket = demo.open(exchange.streamUri().resolve("/ws/btcusdt@trade"));
        await().until(() -> socket.closed);
        assertThat(socket.pings.get()).isPositive();
    }

    @Test
    void shouldSayServerShutdownBeforeItGoes() {
        TestClient.Socket raw = demo.open(exchange.streamUri().resolve("/ws/nothing@trade"));
        TestClient.Socket api = demo.open(exchange.wsApiUri());
        await().until(() -> exchange.connectionCount() == 2);
        exchange.close();
        await().until(() -> raw.closed && api.closed);
        assertThat(raw.messages.get(0).path("e").asText()).isEqualTo("serverShutdown");
        assertThat(api.messages.get(0).path("event").path("e").asText()).isEqualTo("serverShutdown");
    }

    private static boolean has(TestClient.Socket socket, String key) {
        return socket.messages.stream().anyMatch(message -> message.has(key));
    }

    private static int gaps(List<JsonNode> messages) {
        int gaps = 0;
        for (int i = 1; i < messages.size(); i++) {
            long before = messages.get(i - 1).get("data").get("u").asLong();
            gaps += messages.get(i).get("data").get("U").asLong() == before + 1 ? 0 : 1;
        }
        return gaps;
    }

    private static List<BookView.Level> rebuilt(
            JsonNode snapshot, List<JsonNode> deltas, String snapshotSide, String side, Comparator<BigDecimal> order) {
        Map<BigDecimal, BigDecimal> levels = new TreeMap<>(order);
        snapshot.get(snapshotSide).forEach(level -> set(levels, level));
        long id = snapshot.get("lastUpdateId").asLong();
        for (JsonNode delta : deltas) {
            if (delta.get("u").asLong() > id) {
                delta.get(side).forEach(level -> set(levels, level));
            }
        }
        List<BookView.Level> top = new ArrayList<>();
        levels.entrySet().stream()
                .limit(25)
                .forEach(level -> top.add(new BookView.Level(
                        level.getKey().toPlainString(), level.getValue().toPlainString())));
        return top;
    }

    private static void set(Map<BigDecimal, BigDecimal> levels, JsonNode level) {
        BigDecimal price = new BigDecimal(level.get(0).asText()).stripTrailingZeros();
        BigDecimal qty = new BigDecimal(level.get(1).asText()).stripTrailingZeros();
        if (qty.signum() == 0) {
            levels.remove(price);
        } else {
            levels.put(price, qty);
        }
    }
}
