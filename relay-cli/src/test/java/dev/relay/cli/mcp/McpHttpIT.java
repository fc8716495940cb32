package dev.relay.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.cli.mcp.McpEndpoint.Answer;
import dev.relay.client.HandlerOptions;
import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The protocol over HTTP by the specification's text (revisions 2026-07-28 and 2025-11-25), with a real daemon behind it: its rules at the
 * endpoint, and a client of the JDK on a socket.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class McpHttpIT {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String META = "io.modelcontextprotocol/";

    private final AtomicLong nowNs = new AtomicLong();
    private final HttpClient http = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private RelayDaemon daemon;

    @SuppressWarnings("NullAway.Init")
    private Relay model;

    @SuppressWarnings("NullAway.Init")
    private Relay peer;

    @SuppressWarnings("NullAway.Init")
    private McpTools tools;

    @SuppressWarnings("NullAway.Init")
    private McpEndpoint endpoint;

    @SuppressWarnings("NullAway.Init")
    private McpHttpServer server;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        Path socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
        model = Relay.builder("model").socket(socket).connect();
        peer = Relay.builder("peer").socket(socket).connect();
        peer.onRequest("price", message -> Map.of("bid", "100.5"));
        peer.start();
        tools = new McpTools(model);
        model.on("*", HandlerOptions.manual(), tools::received);
        model.start();
        endpoint = new McpEndpoint(
                new McpProtocol(tools, "test"),
                new McpGuard(TOKEN, List.of("bus.example")),
                new McpSessions(nowNs::get));
        server = new McpHttpServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), endpoint);
    }

    @AfterAll
    void stop() {
        server.close();
        tools.close();
        model.close();
        peer.close();
        daemon.close();
    }

    // ---- requests

    private static Map<String, String> headers(String... more) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(Map.of(
                "Host", "127.0.0.1:8080",
                "Authorization", "Bearer " + TOKEN,
                "Content-Type", "application/json",
                "Accept", "application/json, text/event-stream"));
        for (int i = 0; i < more.length; i += 2) {
            headers.put(more[i], more[i + 1]);
        }
        return headers;
    }

    private static Map<String, String> currentHeaders(String method, String name) {
        return headers("MCP-Protocol-Version", McpProtocol.CURRENT, "Mcp-Method", method, "Mcp-Name", name);
    }

    private Answer post(Map<String, String> headers, String body) {
        return endpoint.handle("POST", "/mcp", all(headers), body.getBytes(StandardCharsets.UTF_8));
    }

    private static McpEndpoint.Headers all(Map<String, String> headers) {
        return name -> headers.containsKey(name)
                ? List.of(Objects.requireNonNull(headers.get(name)).split("\\|", -1))
                : List.of();
    }

    private static String rpc(String method, Map<String, ?> params) {
        return Json.write(Map.of("jsonrpc", "2.0", "id", 1L, "method", method, "params", params));
    }

    private static String current(String method, String version, Map<String, ?> params) {
        Map<String, Object> all = new TreeMap<>(params);
        all.put("_meta", Map.of(META + "protocolVersion", version, META + "clientCapabilities", Map.of()));
        return rpc(method, all);
    }

    private static String call(String tool, Map<String, ?> arguments) {
        return current("tools/call", McpProtocol.CURRENT, Map.of("name", tool, "arguments", arguments));
    }

    private static Object codeOf(Answer answer) {
        return (long) JsonRpc.errorOf(Json.object(answer.body()));
    }

    private static Map<?, ?> result(String body) {
        return (Map<?, ?>) Objects.requireNonNull(Json.object(body).get("result"), body);
    }

    private static Map<?, ?> structured(String body) {
        return (Map<?, ?>) Objects.requireNonNull(result(body).get("structuredContent"), body);
    }

    private Map<?, ?> tool(String name, Map<String, ?> arguments) {
        Answer answer = post(currentHeaders("tools/call", name), call(name, arguments));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return structured(answer.body());
    }

    // ---- who may ask

    @Test
    void shouldAnswerOnlyOurHostNamesOurPagesAndTheToken() {
        String ping = current("server/discover", McpProtocol.CURRENT, Map.of());
        Map<String, String> good = currentHeaders("server/discover", "");
        record Row(String header, @Nullable String value, int status) {}
        for (Row row : List.of(
                new Row("Host", "evil.example", 421),
                new Row("Host", "127.0.0.1.evil.example", 421),
                new Row("Host", "localhost|localhost", 421),
                new Row("Host", null, 421),
                new Row("Host", "[::1]:7", 200),
                new Row("Host", "bus.example", 200),
                new Row("Origin", "http://evil.example", 403),
                new Row("Origin", "null", 403),
                new Row("Origin", "http://localhost:3000", 200),
                new Row("Sec-Fetch-Site", "cross-site", 403),
                new Row("Authorization", null, 401),
                new Row("Authorization", "Bearer " + TOKEN + "0", 401),
                new Row("Authorization", TOKEN, 401),
                new Row("Content-Type", "text/plain", 415),
                new Row("Content-Type", "application/json; charset=utf-8", 200),
                new Row("Accept", "text/html", 406))) {
            Map<String, String> headers = new TreeMap<>(good);
            if (row.value() == null) {
                headers.remove(row.header());
            } else {
                headers.put(row.header(), row.value());
            }
            assertThat(post(headers, ping).status()).as(row.toString()).isEqualTo(row.status());
        }
        assertThat(endpoint.handle("POST", "/other", all(good), new byte[0]).status())
                .isEqualTo(404);
        assertThat(endpoint.handle("GET", "/mcp", all(good), new byte[0]))
                .satisfies(no -> assertThat(no.status()).isEqualTo(405))
                .satisfies(no -> assertThat(no.headers()).containsEntry("Allow", "POST, DELETE"));
    }

    // ---- the current revision

    @Test
    void shouldTellWhatItSpeaksAndOffersWithoutAHandshake() {
        Map<?, ?> found = result(
                post(currentHeaders("server/discover", ""), current("server/discover", McpProtocol.CURRENT, Map.of()))
                        .body());
        assertThat(found.get("supportedVersions")).isEqualTo(McpProtocol.VERSIONS);
        assertThat(found.get("resultType")).isEqualTo("complete");
        assertThat(found.get("cacheScope")).isEqualTo("public");
        assertThat(String.valueOf(found.get("instructions"))).contains("untrusted");
        Map<?, ?> listed =
                result(post(currentHeaders("tools/list", ""), current("tools/list", McpProtocol.CURRENT, Map.of()))
                        .body());
        List<?> offered = (List<?>) Objects.requireNonNull(listed.get("tools"));
        assertThat(offered.stream().map(t -> String.valueOf(((Map<?, ?>) t).get("name"))))
                .containsExactlyElementsOf(McpTools.NAMES);
        assertThat(tool("status", Map.of()).get("agent")).isEqualTo("model");
        assertThat(tool("request", Map.of("to", "peer", "kind", "price", "body", Map.of()))
                        .get("untrusted_body"))
                .isEqualTo("{\"bid\":\"100.5\"}");
        assertThat(tool("send", Map.of("to", "sidecar", "kind", "orders.place", "body", Map.of()))
                        .get("code"))
                .isEqualTo("UNAUTHORIZED");
    }

    @Test
    void shouldRefuseWhatContradictsItselfByCode() {
        String list = current("tools/list", McpProtocol.CURRENT, Map.of());
        String status = call("status", Map.of());
        record Row(Map<String, String> headers, String body, int status, long code) {}
        List<Row> rows = List.of(
                new Row(headers(), list, 400, JsonRpc.HEADER_MISMATCH),
                new Row(headers("MCP-Protocol-Version", "2025-11-25"), list, 400, JsonRpc.HEADER_MISMATCH),
                new Row(currentHeaders("tools/call", "status"), list, 400, JsonRpc.HEADER_MISMATCH),
                new Row(currentHeaders("tools/call", "send"), status, 400, JsonRpc.HEADER_MISMATCH),
                new Row(currentHeaders("tools/call", "=?base64?!?="), status, 400, JsonRpc.HEADER_MISMATCH),
                new Row(headers("MCP-Protocol-Version", "1900-01-01"), list, 400, JsonRpc.HEADER_MISMATCH),
                new Row(
                        headers("MCP-Protocol-Version", "1900-01-01", "Mcp-Method", "tools/list"),
                        current("tools/list", "1900-01-01", Map.of()),
                        400,
                        JsonRpc.UNSUPPORTED_VERSION),
                new Row(
                        headers("MCP-Protocol-Version", "1900-01-01"),
                        rpc("tools/list", Map.of()),
                        400,
                        JsonRpc.UNSUPPORTED_VERSION),
                new Row(currentHeaders("tools/list", ""), rpc("tools/list", Map.of()), 400, JsonRpc.INVALID_PARAMS),
                new Row(
                        currentHeaders("ping", ""),
                        current("ping", McpProtocol.CURRENT, Map.of()),
                        404,
                        JsonRpc.METHOD_NOT_FOUND),
                new Row(currentHeaders("tools/call", "spawn"), call("spawn", Map.of()), 400, JsonRpc.INVALID_PARAMS),
                new Row(headers(), "{", 400, JsonRpc.PARSE_ERROR),
                new Row(headers(), "[" + list + "]", 400, JsonRpc.INVALID_REQUEST));
        for (Row row : rows) {
            Answer answer = post(row.headers(), row.body());
            assertThat(answer.status()).as(row + " " + answer.body()).isEqualTo(row.status());
            assertThat(codeOf(answer)).as(row.toString()).isEqualTo(row.code());
        }
        assertThat(post(currentHeaders("tools/call", "=?base64?c3RhdHVz?="), status)
                        .status())
                .isEqualTo(200);
        assertThat(post(
                                headers("MCP-Protocol-Version", McpProtocol.CURRENT),
                                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}")
                        .status())
                .isEqualTo(202);
    }

    @Test
    void shouldGiveAMessageAgainWhoseAnswerWasLost() {
        var unused = peer.send("model", "note", "hello");
        Map<?, ?> first = (Map<?, ?>) Objects.requireNonNull(
                tool("receive", Map.of("timeout_ms", 5_000L)).get("message"));
        String id = String.valueOf(first.get("id"));
        assertThat(tool("receive", Map.of("id", id)).get("message")).isEqualTo(first);
        assertThat(tool("ack", Map.of("id", id)).get("ok")).isEqualTo(true);
        assertThat(tool("receive", Map.of("id", id)).get("code")).isEqualTo("NOT_FOUND");
    }

    // ---- earlier revisions

    private Answer initialize() {
        return post(headers(), rpc("initialize", Map.of("protocolVersion", "2025-11-25")));
    }

    @Test
    void shouldKeepBoundedSessionsForClientsWithAHandshake() {
        Answer begun = initialize();
        String id = Objects.requireNonNull(begun.headers().get("Mcp-Session-Id"));
        assertThat(id).hasSizeGreaterThanOrEqualTo(32);
        assertThat(result(begun.body()).get("protocolVersion")).isEqualTo("2025-11-25");
        Map<String, String> mine = headers("Mcp-Session-Id", id, "MCP-Protocol-Version", "2025-11-25");
        assertThat(post(mine, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"))
                .isEqualTo(Answer.empty(202));
        String status = rpc("tools/call", Map.of("name", "status"));
        assertThat(structured(post(mine, status).body()).get("agent")).isEqualTo("model");
        assertThat(post(headers(), status).status()).isEqualTo(400);
        assertThat(post(headers("Mcp-Session-Id", "guessed"), status).status()).isEqualTo(404);
        assertThat(post(headers("Mcp-Session-Id", id, "MCP-Protocol-Version", "2025-06-18"), status)
                        .status())
                .isEqualTo(400);
        assertThat(end(mine).status()).isEqualTo(204);
        assertThat(end(mine).status()).isEqualTo(404);
        assertThat(post(mine, status).status()).isEqualTo(404);
    }

    private Answer end(Map<String, String> headers) {
        return endpoint.handle("DELETE", "/mcp", all(headers), new byte[0]);
    }

    @Test
    void shouldRefuseASessionTooManyUntilOneIsEndedOrIdle() {
        nowNs.addAndGet(Duration.ofMinutes(McpSessions.IDLE_MINUTES + 1).toNanos());
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < McpSessions.MAX_SESSIONS; i++) {
            ids.add(Objects.requireNonNull(initialize().headers().get("Mcp-Session-Id")));
        }
        assertThat(initialize().status()).isEqualTo(503);
        assertThat(end(headers("Mcp-Session-Id", ids.get(0))).status()).isEqualTo(204);
        assertThat(initialize().status()).isEqualTo(200);
        assertThat(initialize().status()).isEqualTo(503);
        nowNs.addAndGet(Duration.ofMinutes(McpSessions.IDLE_MINUTES + 1).toNanos());
        assertThat(post(headers("Mcp-Session-Id", ids.get(1)), rpc("ping", Map.of()))
                        .status())
                .isEqualTo(404);
        assertThat(initialize().status()).isEqualTo(200);
    }

    // ---- on a socket

    private HttpRequest request(String body, String method, String name) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/mcp"))
                .header("Authorization", "Bearer " + TOKEN)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("MCP-Protocol-Version", McpProtocol.CURRENT)
                .header("Mcp-Method", method)
                .header("Mcp-Name", name)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    @Test
    void shouldServeOverASocketWithinItsBounds() throws Exception {
        HttpResponse<String> status =
                http.send(request(call("status", Map.of()), "tools/call", "status"), BodyHandlers.ofString());
        assertThat(status.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(structured(status.body()).get("agent")).isEqualTo("model");
        String large = "x".repeat(McpHttpServer.MAX_BODY_BYTES + 1);
        assertThat(http.send(request(large, "tools/call", "send"), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void shouldEndTheWorkOfAClientThatGoes() {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            waiting.add(http.sendAsync(
                    request(call("receive", Map.of("timeout_ms", 60_000L)), "tools/call", "receive"),
                    BodyHandlers.ofString()));
        }
        Awaitility.await().untilAsserted(() -> assertThat(statusOf("agents")).isEqualTo(503));
        waiting.forEach(each -> each.cancel(true));
        Awaitility.await().untilAsserted(() -> assertThat(statusOf("agents")).isEqualTo(200));
    }

    private int statusOf(String tool) throws Exception {
        return http.send(request(call(tool, Map.of()), "tools/call", tool), BodyHandlers.ofString())
                .statusCode();
    }
}
