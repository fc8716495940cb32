package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command interface is one: status, health, list, pause, resume, restart, emergency stop and send command say the same over the command line, the bus and HTTP, and what changes something is audited. */
class CommandInterfaceIT {
    private static final Duration LONG = Duration.ofSeconds(10);

    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Relay> agents = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private RelayDaemon daemon;

    @SuppressWarnings("NullAway.Init")
    private Relay boss;

    /** One operation in its three spellings; {@code same} is what of the answers has to agree. */
    private record Row(
            String name, List<String> words, Function<Relay, Object> bus, String path, Function<Object, Object> same) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Row> ROWS = List.of(
            new Row(
                    "status",
                    List.of("status"),
                    r -> r.control("status", Map.of()),
                    "GET /status",
                    field("store_uuid")),
            new Row("health", List.of("health"), r -> r.control("health", Map.of()), "GET /health", field("score")),
            new Row(
                    "list",
                    List.of("agents"),
                    r -> r.control("agents", Map.of()),
                    "GET /agents",
                    CommandInterfaceIT::scoreOfWorker),
            new Row(
                    "health of one",
                    List.of("agent", "health", "worker"),
                    r -> r.getHealth("worker"),
                    "GET /agents/worker/health",
                    field("score")),
            new Row(
                    "pause",
                    List.of("agent", "pause", "worker"),
                    r -> Map.of("paused", true, "changed", r.pause("worker", "test")),
                    "POST /agents/worker/pause",
                    Function.identity()),
            new Row(
                    "resume",
                    List.of("agent", "resume", "worker"),
                    r -> Map.of("paused", false, "changed", r.resume("worker")),
                    "POST /agents/worker/resume",
                    Function.identity()),
            new Row(
                    "restart",
                    List.of("agent", "restart", "worker"),
                    r -> r.restart("worker", LONG),
                    "POST /agents/worker/restart",
                    field("restarted")),
            new Row(
                    "send command",
                    List.of("agent", "command", "worker", "rebalance", "{\"to\":3}"),
                    r -> r.sendCommand("worker", "rebalance", Map.of("to", 3L), LONG)
                            .json(),
                    "POST /agents/worker/command/rebalance?args=" + encoded("{\"to\":3}"),
                    field("moved")),
            new Row(
                    "emergency stop",
                    List.of("agent", "emergency-stop", "--reason", "test"),
                    r -> r.emergencyStop("test"),
                    "POST /emergency-stop?reason=test",
                    field("kill_switch")));

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Function<Object, Object> field(String key) {
        return answer -> Objects.requireNonNull(((Map<?, ?>) answer).get(key), () -> key + " in " + answer);
    }

    private static Object scoreOfWorker(Object answer) {
        List<?> rows = answer instanceof Map<?, ?> page ? (List<?>) page.get("agents") : (List<?>) answer;
        return Objects.requireNonNull(rows).stream()
                .map(row -> (Map<?, ?>) row)
                .filter(row -> "worker".equals(row.get("name")))
                .map(row -> Objects.requireNonNull(row.get("health")))
                .findFirst()
                .orElseThrow();
    }

    @BeforeEach
    void start() {
        socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
        boss = agent("boss");
        agent("worker")
                .onCommand("rebalance", args -> Map.of("moved", Objects.requireNonNull(args.get("to"))))
                .start();
        agent("supervisor")
                .onCommand("restart", args -> Map.of("ok", true, "restarted", Objects.requireNonNull(args.get("name"))))
                .start();
        agent("sidecar").on("orders.kill", message -> {}).start();
    }

    private Relay agent(String name) {
        Relay relay = Relay.builder(name).socket(socket).connect();
        agents.add(relay);
        return relay;
    }

    @AfterEach
    void stop() {
        agents.forEach(Relay::close);
        daemon.close();
    }

    @Test
    void shouldSayTheSameOverCommandLineBusAndHttp() throws Exception {
        for (Row row : ROWS) {
            List<Object> answers = new ArrayList<>();
            prepare(row);
            answers.add(row.same().apply(overCommandLine(row)));
            prepare(row);
            answers.add(row.same().apply(row.bus().apply(boss)));
            prepare(row);
            answers.add(row.same().apply(overHttp(row)));
            assertThat(answers).as(row.name()).containsOnly(answers.get(0));
        }
        stop();
        agents.clear();
        for (String op : List.of("pause", "resume", "emergency_stop", "command")) {
            assertThat(auditedBy(op))
                    .as(op)
                    .anyMatch(who -> who.startsWith("default/cli"))
                    .anyMatch(who -> who.startsWith("default/boss"))
                    .contains("admin-http");
        }
    }

    /** Nobody is held, but who is to be let go. */
    private void prepare(Row row) {
        boss.agents().resumeAll();
        if (row.name().equals("resume")) {
            boss.pause("worker", "to be let go");
        }
    }

    private Object overCommandLine(Row row) {
        return cli(row.words().toArray(new String[0]));
    }

    private Object cli(String... command) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(List.of("--socket", socket.toString(), "--json"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream old = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.run(Main.commandLine(), words.toArray(new String[0]), Map.of()))
                    .as(String.join(" ", words))
                    .isEqualTo(ExitCode.OK);
        } finally {
            System.setOut(old);
        }
        return Objects.requireNonNull(Json.parse(out.toString(StandardCharsets.UTF_8)));
    }

    private Object overHttp(Row row) throws Exception {
        String[] asked = row.path().split(" ", 2);
        HttpResponse<String> answer = send(asked[0], asked[1]);
        assertThat(answer.statusCode()).as(row + " " + answer.body()).isEqualTo(200);
        Map<String, @Nullable Object> json = Json.object(answer.body());
        return json.get("answer") instanceof Map<?, ?> inner ? inner : json;
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        String token = Files.readString(dir.resolve("data/admin.token")).strip();
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.adminPort() + path))
                        .header("Authorization", "Bearer " + token)
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void shouldSayOverHttpWhatBecameOfACommand() throws Exception {
        assertThat(send("POST", "/agents/worker/command/dance").statusCode()).isEqualTo(502);
        assertThat(send("POST", "/agents/worker/command/rebalance?args=3").statusCode())
                .isEqualTo(400);
        assertThat(send("POST", "/agents/nobody/command/rebalance").statusCode())
                .isEqualTo(404);
        assertThat(send("POST", "/agents/supervisor/command/spawn").body())
                .as("nothing is started over HTTP")
                .contains("UNAUTHORIZED");
    }

    @Test
    void shouldShowWhatAgentsShareAndDecide() throws Exception {
        Relay worker = agents.get(1);
        worker.updateState(Map.of("confidence", 0.85, "open", List.of("BTC")));
        assertThat(cli("state", "agents").toString()).contains("worker").contains("keys=2");
        assertThat(cli("state", "show", "worker")).extracting("open").isEqualTo(List.of("BTC"));
        assertThat(cli("state", "watch", "work*", "--count", "1"))
                .extracting("agent", "whole")
                .containsExactly("worker", true);
        assertThat(Json.object(send("GET", "/state/worker").body()).get("state"))
                .isEqualTo(cli("state", "show", "worker"));
        assertThat(send("GET", "/state").body()).contains("\"worker\"");

        long number =
                boss.proposals().open("buy", null, List.of("worker", "cli"), "unanimous", 0, Duration.ofMinutes(1));
        assertThat(cli("proposals", "vote", Long.toString(number), "yes", "--as", "cli", "--reason", "fine"))
                .extracting("decision")
                .isEqualTo("open");
        assertThat(cli("proposals", "list", "--open").toString()).contains("votes_cast=1");
        assertThat(cli("proposals", "show", Long.toString(number)).toString()).contains("fine");
        assertThat(Json.object(send("GET", "/proposals/" + number).body()).get("votes"))
                .asString()
                .contains("fine");
        assertThat(send("GET", "/proposals?open=true").body()).contains("\"buy\"");
        for (String path : List.of("/state", "/state/worker", "/proposals", "/proposals/1")) {
            HttpRequest stranger = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.adminPort() + path))
                    .build();
            assertThat(http.send(stranger, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
        }
    }

    private List<String> auditedBy(String op) throws SQLException {
        List<String> who = new ArrayList<>();
        try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("data/relay.db"));
                var select = store.prepareStatement("SELECT who FROM audit WHERE op = ?")) {
            select.setString(1, op);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    who.add(rows.getString(1));
                }
            }
        }
        return who;
    }
}
