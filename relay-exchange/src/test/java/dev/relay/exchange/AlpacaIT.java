package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.market.SymbolSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Alpaca's trading API over real sockets: what a client may read, and in which words it is refused. */
class AlpacaIT {
    private final HttpClient http = HttpClient.newHttpClient();
    /** The exchange's clock stands still at this time; 0: it runs. */
    private final AtomicLong heldAtMs = new AtomicLong();

    private final RelayExchange exchange = exchange();
    private final Stream stream = new Stream();

    private RelayExchange exchange() {
        return RelayExchange.start(
                ExchangeConfig.defaults()
                        .withSymbols(List.of(SymbolSpec.known("BTCUSD"), SymbolSpec.known("AAPLUSD")))
                        .withFlow(0),
                () -> heldAtMs.get() > 0 ? heldAtMs.get() : System.currentTimeMillis());
    }

    @BeforeEach
    void listen() throws InterruptedException {
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + exchange.port() + "/alpaca/stream"), stream)
                .join();
        socket.sendText("{\"action\":\"auth\",\"key\":\"relay-alpaca-key\",\"secret\":\"relay-alpaca-secret\"}", true)
                .join();
        socket.sendText("{\"action\":\"listen\",\"data\":{\"streams\":[\"trade_updates\"]}}", true)
                .join();
        await().until(() -> stream.messages.size() >= 2);
        assertThat(stream.messages.get(0).at("/data/status").asText()).isEqualTo("authorized");
        assertThat(stream.messages.get(1).at("/data/streams/0").asText()).isEqualTo("trade_updates");
        stream.messages.clear();
    }

    @AfterEach
    void close() {
        exchange.close();
    }

    @Test
    void shouldTellAnOrderFromNewToFilledAndShowTheFillTheSameEverywhere() throws Exception {
        JsonNode order = ok("POST", "/orders", order("BTC/USD", "buy", "ioc", "0.5", "65000", "mine-1"));
        assertThat(order.path("status").asText()).isEqualTo("filled");
        assertThat(order.path("filled_qty").asText()).isEqualTo("0.5");
        await().until(() -> has("fill"));
        List<String> events = events();
        assertThat(events).startsWith("new").endsWith("fill");
        List<String> executions = stream.messages.stream()
                .filter(m -> m.at("/data").has("execution_id"))
                .map(m -> m.at("/data/execution_id").asText())
                .toList();
        JsonNode activities = ok("GET", "/account/activities/FILL?direction=asc", null);
        assertThat(activities).hasSameSizeAs(executions);
        for (int i = 0; i < executions.size(); i++) {
            assertThat(activities.get(i).path("order_id")).isEqualTo(order.path("id"));
        }
        assertThat(activities.findValuesAsText("id").stream().map(id -> id.substring(id.indexOf("::") + 2)))
                .containsExactlyInAnyOrderElementsOf(executions);
        assertThat(ok("GET", "/positions", null).get(0).path("qty").asText()).isEqualTo("0.5");
        assertThat(ok("GET", "/orders:by_client_order_id?client_order_id=mine-1", null)
                        .path("id"))
                .isEqualTo(order.path("id"));
    }

    @Test
    void shouldReadFillsInPagesWithoutLosingOrRepeatingOne() throws Exception {
        for (int i = 0; i < 4; i++) {
            ok("POST", "/orders", order("BTC/USD", "buy", "ioc", "0.5", "65000", "p-" + i));
        }
        List<String> all = ok("GET", "/account/activities?activity_types=FILL&direction=asc", null)
                .findValuesAsText("id");
        List<String> paged = new CopyOnWriteArrayList<>();
        String token = "";
        while (true) {
            List<String> page = ok(
                            "GET",
                            "/account/activities/FILL?direction=asc&page_size=2&page_token="
                                    + token.replace(":", "%3A"),
                            null)
                    .findValuesAsText("id");
            paged.addAll(page);
            if (page.size() < 2) {
                break;
            }
            token = page.get(1);
        }
        assertThat(paged).isEqualTo(all).doesNotHaveDuplicates().hasSizeGreaterThan(3);
    }

    @Test
    void shouldReplaceByANewOrderThatIsLinkedToTheOld() throws Exception {
        JsonNode old = ok("POST", "/orders", order("BTC/USD", "buy", "gtc", "1", "50000", "old"));
        JsonNode fresh = ok(
                "PATCH",
                "/orders/" + old.path("id").asText(),
                "{\"qty\":\"2\",\"limit_price\":\"51000\",\"client_order_id\":\"fresh\"}");
        assertThat(fresh.path("replaces")).isEqualTo(old.path("id"));
        assertThat(fresh.path("qty").asText()).isEqualTo("2");
        JsonNode ended = ok("GET", "/orders/" + old.path("id").asText(), null);
        assertThat(ended.path("status").asText()).isEqualTo("replaced");
        assertThat(ended.path("replaced_by")).isEqualTo(fresh.path("id"));
        await().until(() -> events().size() == 3);
        assertThat(events()).containsExactly("new", "replaced", "new");
        assertThat(stream.messages.get(1).at("/data/order/replaced_by")).isEqualTo(fresh.path("id"));
        assertThat(ok("GET", "/orders?status=open", null)).hasSize(1);
    }

    @Test
    void shouldEndADayOrderOfSharesWithItsDay() throws Exception {
        JsonNode order = ok("POST", "/orders", order("AAPL", "buy", "day", "3", "150", "day-1"));
        assertThat(order.path("time_in_force").asText()).isEqualTo("day");
        assertThat(order.path("asset_class").asText()).isEqualTo("us_equity");
        JsonNode coins = ok("POST", "/orders", order("BTC/USD", "buy", "gtc", "1", "50000", "gtc-1"));
        exchange.fault("market-close", "");
        assertThat(status(order)).isEqualTo("expired");
        assertThat(status(coins)).isEqualTo("new");
        await().until(() -> has("expired"));
    }

    @Test
    void shouldTellLatestQuotesOfSharesAndNotCountThem() throws Exception {
        for (int i = 0; i < 201; i++) {
            ok("GET", "/stocks/quotes/latest?symbols=AAPL", null);
        }
        JsonNode quotes = ok("GET", "/stocks/quotes/latest?symbols=AAPL,BTC/USD,NONE", null)
                .path("quotes");
        assertThat(quotes).hasSize(1);
        assertThat(quotes.at("/AAPL/bp").decimalValue())
                .isPositive()
                .isLessThan(quotes.at("/AAPL/ap").decimalValue());
        ok("GET", "/clock", null);
    }

    @Test
    void shouldRefuseInAlpacasWords() throws Exception {
        assertThat(refused("POST", "/orders", order("BTC/USD", "buy", "day", "1", "50000", "a")))
                .isEqualTo("422 invalid crypto time_in_force");
        assertThat(refused("POST", "/orders", order("BTC/USD", "buy", "gtc", "900", "60000", "b")))
                .isEqualTo("403 insufficient balance");
        assertThat(refused("POST", "/orders", order("DOGE/USD", "buy", "gtc", "1", "1", "c")))
                .startsWith("422 asset");
        ok("POST", "/orders", order("BTC/USD", "buy", "ioc", "0.1", "65000", "once"));
        assertThat(refused("POST", "/orders", order("BTC/USD", "buy", "gtc", "1", "50000", "once")))
                .isEqualTo("422 client_order_id must be unique");
        assertThat(refused("GET", "/orders/00000000-0000-0000-0000-000000000000", null))
                .isEqualTo("404 order not found");
        assertThat(refused("GET", "/positions/AAPL", null)).isEqualTo("404 position not found");
        HttpResponse<String> stranger = http.send(
                HttpRequest.newBuilder(URI.create(exchange.alpacaUri() + "/v2/account"))
                        .header("APCA-API-KEY-ID", "relay-alpaca-key")
                        .header("APCA-API-SECRET-KEY", "wrong")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(stranger.statusCode()).isEqualTo(401);
    }

    @Test
    void shouldCancelOneAndAllAndCountRequests() throws Exception {
        heldAtMs.set(System.currentTimeMillis());
        JsonNode one = ok("POST", "/orders", order("BTC/USD", "buy", "gtc", "1", "50000", "x"));
        ok("POST", "/orders", order("BTC/USD", "buy", "gtc", "1", "50001", "y"));
        HttpResponse<String> gone = send("DELETE", "/orders/" + one.path("id").asText(), null);
        assertThat(gone.statusCode()).isEqualTo(204);
        assertThat(gone.body()).isEmpty();
        assertThat(refused("DELETE", "/orders/" + one.path("id").asText(), null))
                .startsWith("422 order is already in \"canceled\"");
        HttpResponse<String> all = send("DELETE", "/orders", null);
        assertThat(all.statusCode()).isEqualTo(207);
        assertThat(Json.read(all.body())).hasSize(1);
        int left = Integer.parseInt(
                all.headers().firstValue("X-RateLimit-Remaining").orElseThrow());
        for (int i = 0; i < left; i++) {
            ok("GET", "/clock", null);
        }
        assertThat(refused("GET", "/clock", null)).startsWith("429");
        heldAtMs.addAndGet(60_000);
        ok("GET", "/clock", null);
    }

    private String status(JsonNode order) throws Exception {
        return ok("GET", "/orders/" + order.path("id").asText(), null)
                .path("status")
                .asText();
    }

    private List<String> events() {
        return stream.messages.stream().map(m -> m.at("/data/event").asText()).toList();
    }

    private boolean has(String event) {
        return events().contains(event);
    }

    private static String order(String symbol, String side, String tif, String qty, String price, String id) {
        return "{\"symbol\":\"%s\",\"side\":\"%s\",\"type\":\"limit\",\"time_in_force\":\"%s\",\"qty\":\"%s\",\"limit_price\":\"%s\",\"client_order_id\":\"%s\"}"
                .formatted(symbol, side, tif, qty, price, id);
    }

    private JsonNode ok(String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> answer = send(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body());
    }

    private String refused(String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> answer = send(method, path, body);
        return answer.statusCode() + " "
                + Json.read(answer.body()).path("message").asText();
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        HttpRequest.BodyPublisher publisher =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
        return http.send(
                HttpRequest.newBuilder(URI.create(exchange.alpacaUri() + "/v2" + path))
                        .timeout(Duration.ofSeconds(10))
                        .header("APCA-API-KEY-ID", "relay-alpaca-key")
                        .header("APCA-API-SECRET-KEY", "relay-alpaca-secret")
                        .method(method, publisher)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Every message must come in binary frames. */
    private static final class Stream implements WebSocket.Listener {
        private final List<JsonNode> messages = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean isLast) {
            part.append(StandardCharsets.UTF_8.decode(data));
            if (isLast) {
                try {
                    messages.add(Json.read(part.toString()));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
