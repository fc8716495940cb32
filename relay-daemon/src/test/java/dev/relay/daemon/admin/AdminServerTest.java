package dev.relay.daemon.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.routing.BusSnapshot.StoreState;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.daemon.transport.TransportCounts;
import dev.relay.protocol.Clock;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean coreIsStuck;
    private volatile StoreState store = StoreState.READY;
    private CoreView view = view();
    private AdminServer server = new AdminServer(0, view, new TransportCounts(), new Meters());

    @BeforeEach
    void isUp() {
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
    void shouldNameEveryDeductionOfTheHealthScore() throws IOException {
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
                .contains("relay_connections_closed_total{reason=\"EOF\"} 0.0")
                .contains("jvm_memory_used_bytes");
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
    void shouldListDeadLettersWithoutPayload() throws IOException {
        Map<String, @Nullable Object> page = Json.object(body(get("/dlq?limit=2&after=1")));
        assertThat(String.valueOf(page.get("dead_letters")))
                .contains("no=2", "no=3", "reason=MAX_ATTEMPTS", "error=handler failed")
                .doesNotContain("no=1,", "frame");
        assertThat(get("/dlq?limit=x")).startsWith("HTTP/1.1 400");
    }

    @Test
    void shouldRefuseForeignHostsOriginsAndMethods() throws IOException {
        assertThat(request("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(request("GET /health HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 421");
        assertThat(request("GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(request("DELETE /dlq HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).startsWith("HTTP/1.1 405");
        assertThat(get("/../etc/passwd")).startsWith("HTTP/1.1 404");
        assertThat(request("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    @Test
    void shouldSayWhenThePortIsTaken() {
        assertThatThrownBy(() -> new AdminServer(server.port(), view, new TransportCounts(), new Meters()))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("admin_port=" + server.port());
    }

    private CoreView view() {
        return new CoreView(
                task -> {
                    if (!coreIsStuck) {
                        task.run();
                    }
                },
                this::facts,
                new ThreeDeadLetters(),
                Clock.system());
    }

    private BusSnapshot facts() {
        asked.incrementAndGet();
        return new BusSnapshot(
                "test",
                "uuid",
                1,
                10,
                store,
                2,
                2,
                0,
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

    private String request(String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String body(String response) {
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }

    /** Only the listing is asked of it. */
    private static final class ThreeDeadLetters implements MessageStore {
        @Override
        public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
            done.accept(LongStream.rangeClosed(after + 1, 3)
                    .limit(limit)
                    .mapToObj(ThreeDeadLetters::row)
                    .toList());
        }

        private static DeadLetterRow row(long no) {
            return new DeadLetterRow(
                    no, 1, 2, 3, "a", "b", "message", 4, 5, "fill", 1, 6, 7, 8, "handler failed", 9, new byte[9]);
        }

        @Override
        public Recovered open() {
            throw new AssertionError("not asked");
        }

        @Override
        public void commit(Batch batch, Consumer<CommitOutcome> done) {
            throw new AssertionError("not asked");
        }

        @Override
        public void readPage(
                int lane, long epoch, long seq, int messages, int bytes, Consumer<List<StoredFrame>> done) {
            throw new AssertionError("not asked");
        }

        @Override
        public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
            throw new AssertionError("not asked");
        }

        @Override
        public void close() {}
    }
}
