package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.api.LimitsConfig;
import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * M1: orders accepted by the bus and not yet written, the kill switch by the sidecar's admin HTTP, kill -9 of the sidecar, a
 * new one: nothing is written after the OK, what was in flight has ended within five seconds. Some hundred orders by default,
 * {@code -Drelay.m1.orders=10000} for the figure.
 */
class KillSwitchRunIT {
    private static final int ORDERS = Integer.getInteger("relay.m1.orders", 300);
    private static final int CHUNK = 250;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String KEY = "relay-m1-key";

    @TempDir
    Path dir = Path.of("");

    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withAccounts(List.of(AccountConfig.ready("m1")))
            .withLimits(new LimitsConfig(1_000_000, 1_000_000, 10_000_000, 300, 5, 1_024, 10))
            .withFlow(0));
    private final List<Process> sidecars = new ArrayList<>();
    private String admin = "";

    @AfterEach
    void stop() throws Exception {
        sidecars.forEach(process -> process.destroyForcibly().onExit().join());
        Path redis = dir.resolve("r").resolve("redis.sock"); // outlives a sidecar that is killed
        if (Files.exists(redis)) {
            new ProcessBuilder("redis-cli", "-s", redis.toString(), "shutdown", "nosave")
                    .start()
                    .waitFor();
        }
        exchange.close();
    }

    @Test
    void M1_nothingIsWrittenAfterTheOkAlsoAfterAKillMinusNine() throws Exception {
        Path socket = dir.resolve("r/relay.sock");
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
                Relay alice = Relay.builder("alice").socket(socket).connect()) {
            Process first = sidecar(socket);
            await().atMost(PATIENCE)
                    .until(() -> answer(alice, "orders.limits", Map.of()).get("live"), Boolean.TRUE::equals);
            signal(first, "-STOP");
            sendAll(alice);
            CompletableFuture<HttpResponse<String>> killing = kill();
            signal(first, "-CONT");
            HttpResponse<String> ok = killing.get(30, TimeUnit.SECONDS);
            assertThat(ok.statusCode()).isEqualTo(200);
            assertThat(ok.body()).contains("killed");
            int writtenAtOk = settledOrders();
            first.destroyForcibly().onExit().join();
            sidecar(socket);
            long restartedNs = System.nanoTime();
            await().atMost(PATIENCE)
                    .until(() -> answer(alice, "orders.limits", Map.of()).get("open_orders"), Long.valueOf(0)::equals);
            long calmMs = (System.nanoTime() - restartedNs) / 1_000_000;
            await().atMost(PATIENCE)
                    .until(() -> answer(alice, "orders.place", order(ORDERS)).get("code"), "KILLED"::equals);
            assertThat(exchange.openOrdersOf(KEY)).isEmpty();
            assertThat(exchange.ordersOf(KEY)).hasSize(writtenAtOk);
            for (String id : inFlight(ok.body())) {
                Map<?, ?> order = (Map<?, ?>) answer(alice, "orders.status", Map.of("client_order_id", id))
                        .get("order");
                assertThat(order).asString().containsPattern("state=(CANCELLED|REJECTED|FILLED|EXPIRED)");
            }
            System.out.printf(
                    "M1: orders=%d written_before_ok=%d written_after_ok=0 in_flight=%d ended_after_ms=%d%n",
                    ORDERS, writtenAtOk, inFlight(ok.body()).size(), calmMs);
            assertThat(daemon).isNotNull();
            raiseItByAnEmergencyStop(alice);
        }
    }

    /** It pauses who asks for it too; answers to a paused agent pass. */
    private static void raiseItByAnEmergencyStop(Relay alice) {
        await().atMost(PATIENCE)
                .until(() -> answer(alice, "orders.release", Map.of()).get("ok"), Boolean.TRUE::equals);
        assertThat(answer(alice, "orders.limits", Map.of()).get("killed")).isEqualTo(false);
        assertThat(alice.emergencyStop("drill")).containsEntry("kill_switch", "told");
        await().atMost(PATIENCE)
                .until(() -> answer(alice, "orders.place", order(ORDERS + 1)).get("code"), "KILLED"::equals);
        assertThat(answer(alice, "orders.limits", Map.of()).get("killed")).isEqualTo(true);
    }

    private int settledOrders() {
        int[] last = {-1};
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
            int now = exchange.ordersOf(KEY).size();
            boolean isStill = now == last[0];
            last[0] = now;
            return isStill;
        });
        return last[0];
    }

    private static void sendAll(Relay alice) {
        for (int sent = 0; sent < ORDERS; ) {
            List<SendHandle> handles = new ArrayList<>();
            for (int i = 0; i < CHUNK && sent < ORDERS; i++) {
                handles.add(alice.send("sidecar", "orders.place", order(sent++)));
            }
            handles.forEach(handle -> handle.result(PATIENCE));
        }
    }

    private static Map<String, Object> order(int number) {
        return Map.of(
                "symbol", "BTC-USDT",
                "side", "BUY",
                "type", "LIMIT",
                "price", "50000." + (10 + number % 90),
                "quantity", "0.001",
                "ttl_ms", 600_000);
    }

    private static Map<String, ?> answer(Relay alice, String kind, Map<String, Object> body) {
        return alice.request("sidecar", kind, body, Duration.ofSeconds(20)).json();
    }

    private static List<String> inFlight(String body) {
        List<String> ids = new ArrayList<>();
        if (Json.object(body).get("in_flight") instanceof List<?> list) {
            list.forEach(id -> ids.add(String.valueOf(id)));
        }
        return ids;
    }

    private CompletableFuture<HttpResponse<String>> kill() throws IOException {
        String token = Files.readString(dir.resolve("side/admin.token")).strip();
        return HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create(admin + "/kill"))
                                .header("Authorization", "Bearer " + token)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }

    private Process sidecar(Path socket) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.relay.cli.Main",
                "sidecar",
                "--rest=" + exchange.restUri(),
                "--streams=" + exchange.streamUri(),
                "--ws-api=" + exchange.wsApiUri(),
                "--socket=" + socket,
                "--data-dir=" + dir.resolve("side"),
                "--run-dir=" + dir.resolve("r"),
                "--symbols=BTC-USDT",
                "--admin-port=0",
                "--risk=on=false");
        builder.environment().put("RELAY_API_KEY", KEY);
        builder.environment().put("RELAY_API_SECRET", "relay-m1-secret");
        builder.redirectError(dir.resolve("sidecar.log").toFile());
        Process process = builder.start();
        sidecars.add(process);
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.startsWith("ready")) {
            line = out.readLine();
        }
        assertThat(line).as("ready line, log=%s", dir.resolve("sidecar.log")).isNotNull();
        admin = line.replaceFirst(".*admin=(\\S+).*", "$1");
        Thread drain = new Thread(() -> out.lines().forEach(ignored -> {}), "sidecar-out");
        drain.setDaemon(true);
        drain.start();
        return process;
    }
}
