package dev.relay.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.routing.BusSnapshot.StoreState;
import dev.relay.daemon.routing.Surroundings;
import dev.relay.daemon.transport.TransportCounts;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.OpenFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean coreIsStuck;
    private volatile StoreState store = StoreState.READY;
    private volatile Surroundings around = Surroundings.FINE;
    private final Readiness readiness = new Readiness();
    private final Access access = new Access(0, AccessRules.open(), new Tokens(TOKEN, Map.of()));
    private final List<String> operations = new CopyOnWriteArrayList<>();
    private CoreView view = view();
    private AdminServer server = server(0);

    @BeforeEach
    void isUp() {
        readiness.serving();
        assertThat(server.port()).isPositive();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void shouldAnswerWhetherTheCoreLivesAndIsReady() throws IOException {
        assertThat(get("/livez")).startsWith("HTTP/1.1 200").endsWith("live\n");
        assertThat(get("/readyz")).startsWith("HTTP/1.1 200").endsWith("ready\n");
    }

    @Test
    void shouldSayWithinASecondThatTheCoreIsStuck() throws IOException {
        coreIsStuck = true;
        assertThat(get("/livez")).startsWith("HTTP/1.1 503");
        assertThat(get("/readyz")).startsWith("HTTP/1.1 503").contains("core_stuck");
        assertThat(get("/metrics")).startsWith("HTTP/1.1 200");
    }

    @Test
    void D24_shouldNameEveryDeductionOfTheHealthScore() throws IOException {
        store = StoreState.FULL;
        Map<String, @Nullable Object> health = Json.object(body(get("/health")));
        assertThat(health).containsEntry("score", 35L);
        assertThat(String.valueOf(health.get("deductions")))
                .contains("storage_full", "free disk space")
                .contains("dead_letters", "3 dead letters");
    }

    @Test
    void shouldNotBeReadyWithAFailedStore() throws IOException {
        store = StoreState.FAILED;
        assertThat(get("/readyz")).startsWith("HTTP/1.1 503").contains("store_failed");
        store = StoreState.FULL;
        await().untilAsserted(() ->
                assertThat(get("/readyz")).startsWith("HTTP/1.1 503").contains("storage_full"));
    }

    @Test
    void shouldNotBeReadyWithoutItsSocket() throws IOException {
        around = new Surroundings(OpenFiles.UNKNOWN, false);
        assertThat(get("/readyz")).startsWith("HTTP/1.1 503").endsWith("not ready: socket_gone\n");
        assertThat(get("/health")).contains("\"score\":35", "socket_gone");
        assertThat(get("/metrics")).contains("relay_health_deduction_points{name=\"socket_gone\"} 60.0");
    }

    @Test
    void shouldNameFilesThatRunOutAndServeOn() throws IOException {
        around = new Surroundings(new OpenFiles(90, 100), true);
        assertThat(get("/health")).contains("files_low", "90 of 100 files are open");
        assertThat(get("/metrics")).contains("relay_health_deduction_points{name=\"files_low\"} 20.0");
        assertThat(get("/readyz")).startsWith("HTTP/1.1 200");
    }

    @Test
    void shouldExposeCountersWithCodesAndReasons() throws IOException {
        String metrics = get("/metrics");
        assertThat(metrics)
                .contains("relay_accepted_total 42.0")
                .contains("relay_refused_total{code=\"QUEUE_FULL\"} 7.0")
                .contains("relay_dead_lettered_total{reason=\"MAX_ATTEMPTS\"} 3.0")
                .contains("relay_sessions 2.0")
                .contains("relay_store_state{state=\"READY\"} 1.0")
                .contains("relay_store_commit_seconds_bucket")
                .contains("relay_connections_closed_total{reason=\"EOF\"} 0.0");
    }

    @Test
    void shouldShareOneQuestionToTheCoreAmongManyAskers() throws IOException {
        get("/health");
        int before = asked.get();
        for (int i = 0; i < 5; i++) {
            view.fresh().join();
        }
        assertThat(asked.get() - before).isLessThanOrEqualTo(1);
    }

    @Test
    void shouldNotBeReadyBeforeTheSocketIsBoundAndFromTheFirstMomentOfAStop() throws IOException {
        Readiness fresh = new Readiness();
        try (AdminServer starting = new AdminServer(0, view, new TransportCounts(), new Meters(), access, fresh)) {
            assertThat(request(starting, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .startsWith("HTTP/1.1 503")
                    .endsWith("starting\n");
        }
        readiness.draining();
        assertThat(get("/readyz")).startsWith("HTTP/1.1 503").endsWith("draining\n");
        assertThat(get("/livez")).startsWith("HTTP/1.1 200");
    }

    @Test
    void shouldPassFiltersAndPagesOfDeadLettersOn() throws IOException {
        assertThat(get("/dlq?limit=2&after=1&reason=EXPIRED")).startsWith("HTTP/1.1 200");
        assertThat(operations).containsExactly("admin-http dlq.ls {after=1, limit=2, reason=EXPIRED}");
        assertThat(get("/dlq?limit=x")).startsWith("HTTP/1.1 400");
        assertThat(get("/dlq?limt=1")).startsWith("HTTP/1.1 400");
        assertThat(get("/dlq/stats")).startsWith("HTTP/1.1 200");
    }

    @Test
    void I17_shouldAskForTheTokenBeforeAPayloadOrAChange() throws IOException {
        List<String> tokens = List.of(
                "",
                "Authorization: Bearer\r\n",
                "Authorization: Bearer x\r\n",
                "Authorization: Bearer " + TOKEN.substring(1) + "\r\n",
                "Authorization: Bearer " + TOKEN + "0\r\n",
                "Authorization: Basic " + TOKEN + "\r\n",
                "Authorization: Bearer " + TOKEN + "\r\nAuthorization: Bearer " + TOKEN + "\r\n");
        for (String token : tokens) {
            for (String act : List.of("GET /dlq/1", "POST /dlq/1/redrive", "POST /dlq/1/drop")) {
                assertThat(request(act + " HTTP/1.1\r\nHost: localhost\r\n" + token + "\r\n"))
                        .as("%s %s", act, token)
                        .startsWith("HTTP/1.1 401");
            }
        }
        assertThat(operations).isEmpty();
        assertThat(asOperator("GET /dlq/1")).startsWith("HTTP/1.1 200");
        assertThat(asOperator("POST /dlq/2/redrive")).startsWith("HTTP/1.1 200");
        assertThat(asOperator("POST /dlq/3/drop")).startsWith("HTTP/1.1 200");
        assertThat(operations)
                .containsExactly(
                        "admin-http dlq.show {no=1}", "admin-http dlq.redrive {no=2}", "admin-http dlq.drop {no=3}");
        assertThat(asOperator("POST /dlq/404/drop")).startsWith("HTTP/1.1 404").contains("NOT_FOUND");
    }

    @Test
    void I50_shouldServeTheCommandInterfaceOfAgentsAndAskForTheTokenBeforeAChange() throws IOException {
        for (String act : List.of("POST /agents/a/pause", "POST /agents/a/resume", "POST /emergency-stop")) {
            assertThat(request(act + " HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 401");
        }
        assertThat(operations).isEmpty();
        assertThat(get("/agents")).startsWith("HTTP/1.1 200");
        assertThat(get("/agents/a/health")).startsWith("HTTP/1.1 200");
        assertThat(asOperator("POST /agents/a/pause?reason=lunch")).startsWith("HTTP/1.1 200");
        assertThat(asOperator("POST /agents/a/reset-breaker")).startsWith("HTTP/1.1 200");
        assertThat(asOperator("POST /emergency-stop?reason=fire")).startsWith("HTTP/1.1 200");
        assertThat(operations)
                .containsExactly(
                        "admin-http agents {}",
                        "admin-http agent.health {agent=a}",
                        "admin-http pause {agent=a, reason=lunch}",
                        "admin-http breaker.reset {agent=a}",
                        "admin-http emergency_stop {reason=fire}");
        assertThat(asOperator("POST /agents/a/spawn")).startsWith("HTTP/1.1 404");
        assertThat(asOperator("POST /agents/..%2f/pause")).startsWith("HTTP/1.1 404");
    }

    @Test
    void I47_shouldRefuseForeignHostsOriginsAndMethods() throws IOException {
        assertThat(request("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(request("GET /health HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(request("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 4");
        assertThat(request("GET /health HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 421");
        for (String foreign : List.of(
                "Origin: http://a.example",
                "Origin: null",
                "Origin: http://localhost.a.example",
                "Origin: https://localhost",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site")) {
            assertThat(request("GET /health HTTP/1.1\r\nHost: localhost\r\n" + foreign + "\r\n\r\n"))
                    .as(foreign)
                    .startsWith("HTTP/1.1 403")
                    .doesNotContainIgnoringCase("access-control");
        }
        assertThat(request("GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .doesNotContainIgnoringCase("access-control");
        for (String method : List.of("DELETE", "PUT", "OPTIONS", "TRACE", "CONNECT", "FOO")) {
            assertThat(request(method + " /dlq HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
                    .as(method)
                    .startsWith("HTTP/1.1 405");
        }
    }

    @Test
    void I47_shouldRefuseFormsUpgradesTraversalAndWhatIsTooLong() throws IOException {
        String form =
                "POST /dlq/1/drop HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        + "Content-Length: 7\r\n\r\ntoken=x";
        assertThat(request(form)).startsWith("HTTP/1.1 4");
        assertThat(request(
                        "GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        for (String path :
                List.of("/../etc/passwd", "/%2e%2e/etc/passwd", "/dlq/../../etc/passwd", "/dlq/1/redrive/..")) {
            assertThat(asOperator("GET " + path)).as(path).startsWith("HTTP/1.1 404");
        }
        assertThat(request("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(request("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(9_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 4");
        assertThat(operations).isEmpty();
    }

    @Test
    void I47_shouldAnswerBesideManySlowRequests() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                socket.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            assertThat(get("/livez")).startsWith("HTTP/1.1 200");
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void I47_shouldListenOnLoopbackOnly() throws IOException {
        for (var networks = NetworkInterface.getNetworkInterfaces(); networks.hasMoreElements(); ) {
            for (InetAddress address : Collections.list(networks.nextElement().getInetAddresses())) {
                if (!address.isLoopbackAddress()) {
                    assertThatThrownBy(() -> new Socket(address, server.port()).close())
                            .as("%s", address)
                            .isInstanceOf(IOException.class);
                }
            }
        }
    }

    @Test
    void shouldSayWhenThePortIsTaken() {
        assertThatThrownBy(() -> server(server.port()))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("admin_port=" + server.port());
    }

    private AdminServer server(int port) {
        return new AdminServer(port, view, new TransportCounts(), new Meters(), access, readiness);
    }

    private CoreView view() {
        return new CoreView(
                task -> {
                    if (!coreIsStuck) {
                        task.run();
                    }
                },
                this::facts,
                this::operate,
                Clock.system());
    }

    private void operate(String who, String op, Map<String, @Nullable Object> request, Answer answer) {
        operations.add(who + " " + op + " " + new TreeMap<>(request));
        if (Long.valueOf(404).equals(request.get("no"))) {
            answer.fail(ErrorCode.NOT_FOUND, "no such dead letter");
        } else {
            answer.ok(Map.of("done", op));
        }
    }

    private BusSnapshot facts() {
        asked.incrementAndGet();
        return new BusSnapshot(
                "test",
                "uuid",
                1,
                10,
                store,
                around,
                2,
                2,
                0,
                List.of(),
                List.of(),
                1,
                1,
                5,
                500,
                0,
                3,
                0,
                3,
                Map.of("accepted", 42L),
                Map.of("QUEUE_FULL", 7L),
                Map.of("MAX_ATTEMPTS", 3L),
                List.of());
    }

    private String get(String path) throws IOException {
        return request("GET " + path + " HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n\r\n");
    }

    private String asOperator(String act) throws IOException {
        return request(act + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n");
    }

    private String request(String text) throws IOException {
        return request(server, text);
    }

    private static String request(AdminServer server, String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String body(String response) {
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }
}
