package dev.relay.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.HandlerOptions;
import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client of the protocol on a pair of pipes, with a real daemon behind the server. */
class McpIT {
    private static final Duration LONG = Duration.ofSeconds(10);

    @TempDir
    Path dir = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private RelayDaemon daemon;

    @SuppressWarnings("NullAway.Init")
    private Relay model;

    @SuppressWarnings("NullAway.Init")
    private Relay peer;

    @SuppressWarnings("NullAway.Init")
    private PrintStream toServer;

    @SuppressWarnings("NullAway.Init")
    private BufferedReader fromServer;

    private long id;

    @BeforeEach
    void start() throws IOException {
        Path socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
        model = Relay.builder("model").socket(socket).connect();
        peer = Relay.builder("peer").socket(socket).connect();
        peer.onRequest("price", message -> Map.of("bid", "100.5"));
        peer.on("note", message -> {});
        peer.start();
        McpTools tools = new McpTools(model);
        model.on("*", HandlerOptions.manual(), tools::received);
        model.start();
        PipedInputStream serverIn = new PipedInputStream(1 << 16);
        PipedInputStream clientIn = new PipedInputStream(1 << 16);
        toServer = new PrintStream(new PipedOutputStream(serverIn), true, StandardCharsets.UTF_8);
        fromServer = new BufferedReader(new InputStreamReader(clientIn, StandardCharsets.UTF_8));
        PrintStream serverOut = new PrintStream(new PipedOutputStream(clientIn), true, StandardCharsets.UTF_8);
        Thread server = new Thread(() -> serve(tools, serverIn, serverOut), "mcp-server");
        server.setDaemon(true);
        server.start();
    }

    private static void serve(McpTools tools, PipedInputStream in, PrintStream out) {
        try {
            new McpServer(tools, "test").serve(in, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        toServer.close();
        model.close();
        peer.close();
        daemon.close();
    }

    private Map<String, @Nullable Object> ask(String method, Map<String, ?> params) throws IOException {
        toServer.println(Json.write(Map.of("jsonrpc", "2.0", "id", ++id, "method", method, "params", params)));
        Map<String, @Nullable Object> answer = Json.object(Objects.requireNonNull(fromServer.readLine()));
        assertThat(answer).containsEntry("id", id);
        return answer;
    }

    private Map<?, ?> tool(String name, Map<String, ?> arguments) throws IOException {
        Map<?, ?> result = (Map<?, ?>) Objects.requireNonNull(
                ask("tools/call", Map.of("name", name, "arguments", arguments)).get("result"));
        return (Map<?, ?>) Objects.requireNonNull(result.get("structuredContent"));
    }

    @Test
    void shouldIntroduceItselfAndOfferNothingThatPlacesOrders() throws IOException {
        Map<String, @Nullable Object> hello = ask("initialize", Map.of("protocolVersion", "2025-06-18"));
        assertThat((Map<?, ?>) hello.get("result"))
                .extracting("protocolVersion")
                .isEqualTo("2025-06-18");
        Map<?, ?> listed =
                (Map<?, ?>) Objects.requireNonNull(ask("tools/list", Map.of()).get("result"));
        List<?> tools = (List<?>) Objects.requireNonNull(listed.get("tools"));
        assertThat(tools.stream().map(t -> String.valueOf(((Map<?, ?>) t).get("name"))))
                .containsExactlyElementsOf(McpTools.NAMES);
        assertThat(tool("send", Map.of("to", "sidecar", "kind", "orders.place", "body", Map.of())))
                .extracting("code")
                .isEqualTo("UNAUTHORIZED");
        assertThat(tool("request", Map.of("to", "peer", "kind", "relay.command", "body", Map.of())))
                .extracting("code")
                .isEqualTo("UNAUTHORIZED");
    }

    @Test
    void shouldSendAskAndReceiveUnderTheNameOfItsConnection() throws Exception {
        assertThat(tool("status", Map.of()).get("agent")).isEqualTo("model");
        assertThat(tool("request", Map.of("to", "peer", "kind", "price", "body", Map.of()))
                        .get("untrusted_body"))
                .isEqualTo("{\"bid\":\"100.5\"}");
        assertThat(tool("send", Map.of("to", "peer", "kind", "note", "body", "hi", "from", "boss"))
                        .get("ok"))
                .isEqualTo(true);
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() ->
                peer.request("model", "opinion", Map.of("on", "BTC"), LONG).text());
        Map<?, ?> message = (Map<?, ?>) Objects.requireNonNull(
                tool("receive", Map.of("timeout_ms", 5_000L)).get("message"));
        assertThat(message.get("from")).isEqualTo("peer");
        assertThat(message.get("untrusted_body")).isEqualTo("{\"on\":\"BTC\"}");
        assertThat(tool("inbox", Map.of()).get("not_acked")).isEqualTo(List.of(message.get("id")));
        assertThat(tool("ack", Map.of("id", String.valueOf(message.get("id")), "reply", "hold"))
                        .get("ok"))
                .isEqualTo(true);
        assertThat(answer.get(10, TimeUnit.SECONDS)).contains("hold");
        assertThat(tool("ack", Map.of("id", String.valueOf(message.get("id")))).get("code"))
                .isEqualTo("NOT_FOUND");
        assertThat(tool("receive", Map.of()).get("message")).isEqualTo(Map.of());
    }

    @Test
    void shouldShowAgentsAndDeadLettersWithoutBodies() throws IOException {
        peer.send("model", "secret", "body of somebody").result(LONG);
        Map<?, ?> message = (Map<?, ?>) Objects.requireNonNull(
                tool("receive", Map.of("timeout_ms", 5_000L)).get("message"));
        assertThat(message.get("kind")).isEqualTo("secret");
        assertThat(tool("agents", Map.of()).toString()).contains("peer");
        assertThat(tool("dead_letters", Map.of()).get("dead_letters")).isEqualTo(List.of());
    }

    @Test
    void shouldAnswerNonsenseByCodeAndLiveOn() throws IOException {
        toServer.println("not json");
        assertThat(Objects.requireNonNull(fromServer.readLine())).contains("-32700");
        toServer.println("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        assertThat((Map<?, ?>) ask("no/such", Map.of()).get("error"))
                .extracting("code")
                .isEqualTo(-32_601L);
        assertThat((Map<?, ?>) ask("tools/call", Map.of("name", "spawn")).get("error"))
                .extracting("code")
                .isEqualTo(-32_602L);
        assertThat((Map<?, ?>) ask("tools/call", Map.of("name", "receive", "arguments", Map.of("timeout_ms", -1L)))
                        .get("error"))
                .extracting("code")
                .isEqualTo(-32_602L);
        assertThat(tool("send", Map.of("to", "nobody", "kind", "x", "body", 1L)).get("code"))
                .isEqualTo("NO_SUCH_RECIPIENT");
        toServer.println("x".repeat(McpServer.MAX_LINE_BYTES + 10));
        assertThat(Objects.requireNonNull(fromServer.readLine())).contains("-32600");
        assertThat(ask("ping", Map.of()).get("result")).isEqualTo(Map.of());
    }
}
