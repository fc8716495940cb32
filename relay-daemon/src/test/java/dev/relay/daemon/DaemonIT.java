package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.FlowConfig;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon on a real socket and store, met by a client without SDK. */
class DaemonIT {
    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");
    private @Nullable RelayDaemon daemon;

    @BeforeEach
    void start() {
        socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(config(), NoFatal.FAILS_THE_TEST);
    }

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    /** Raw clients answer no probes, so nobody is named for it here. */
    private DaemonConfig config() {
        Map<String, String> keys = Map.of(
                "socket", socket + "", "data_dir", dir.resolve("data") + "", "admin_port", "0", "silent_ms", "60000");
        return ConfigLoader.load(keys, Map.of(), null);
    }

    private void restart() {
        stop();
        daemon = RelayDaemon.start(config(), NoFatal.FAILS_THE_TEST);
    }

    @Test
    void shouldWelcomeAnAgentWithItsLimits() throws IOException {
        try (RawClient client = new RawClient(socket)) {
            Map<String, @Nullable Object> welcome = client.welcome(client.hello(Map.of("name", "scanner")));
            assertThat(welcome).containsKeys("store_uuid", "boot_no", "session", "resume", "limits", "features");
            assertThat(RawClient.number(welcome, "proto")).isEqualTo(1);
            assertThat(client.epoch >>> 32).isEqualTo(RawClient.number(welcome, "boot_no"));
            assertThat(client.isAlive()).isTrue();
        }
    }

    @Test
    void shouldUnderstandAClientThatWritesByteByByte() throws IOException {
        try (RawClient client = new RawClient(socket)) {
            byte[] hello = "{\"proto\":[1,1],\"name\":\"slow\"}".getBytes(StandardCharsets.UTF_8);
            ByteBuffer frame = ByteBuffer.allocate(8 + hello.length).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(8 + hello.length).put((byte) FrameType.HELLO).position(8);
            frame.put(hello);
            for (int i = 0; i < frame.capacity(); i++) {
                client.bytes(frame.slice(i, 1));
            }
            client.welcome(client.next());
        }
    }

    @Test
    void D17_I19_shouldRefuseANameInUse() throws IOException {
        try (RawClient first = RawClient.agent(socket, "risk");
                RawClient second = new RawClient(socket)) {
            Frame error = second.hello(Map.of("name", "risk"));
            assertThat(error.json()).containsEntry("code", "NAME_IN_USE").containsEntry("fatal", true);
            second.awaitEnd();
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void shouldDeliverAckAndReportTheResult() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient")) {
            recipient.credit(100);
            sender.bind(1, "recipient");
            sender.message(1, 1, Flags.WANT_RESULT, "hello");
            Frame lane = recipient.await(FrameType.LANE);
            assertThat(lane.json()).containsEntry("sender", "sender").containsEntry("class", "message");
            Frame delivered = recipient.await(FrameType.DELIVER);
            assertThat(delivered.payload()).isEqualTo("hello");
            assertThat(delivered.seq()).isEqualTo(1);
            assertThat(Frames.epoch(delivered.b(), 0)).isEqualTo(sender.epoch);
            assertThat(delivered.flags() & Flags.REDELIVERED).isZero();
            recipient.ack(delivered);
            assertThat(Frames.b6(sender.await(FrameType.RESULT).b(), 0)).isEqualTo(Frames.ACKED);
            recipient.await(FrameType.ACK_OK);
        }
    }

    @Test
    void shouldTellTheSenderThatAMessageIsSafe() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient")) {
            assertThat(recipient.isAlive()).isTrue();
            sender.bind(1, "recipient");
            sender.message(1, 1, 0, "kept");
            Frame sent = sender.await(FrameType.SENT);
            assertThat(sent.seq()).isEqualTo(1);
            assertThat(Frames.b6(sent.b(), 0)).isEqualTo(Frames.BY_DISK);
        }
    }

    @Test
    void shouldRefuseAnUnknownRecipient() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender")) {
            sender.bind(1, "nobody");
            sender.message(1, 1, 0, "x");
            Frame refused = sender.await(FrameType.REFUSED);
            assertThat(Frames.refusedCode(refused.b(), 0)).isEqualTo(ErrorCode.NO_SUCH_RECIPIENT.number());
            assertThat(refused.seq()).isEqualTo(1);
        }
    }

    @Test
    void shouldReplayInOrderWhatCameWhileTheRecipientWasAway() throws IOException {
        RawClient.agent(socket, "recipient").close();
        try (RawClient sender = RawClient.agent(socket, "sender")) {
            sendSafely(sender, 50);
        }
        try (RawClient recipient = RawClient.agent(socket, "recipient")) {
            recipient.credit(100);
            assertThat(receive(recipient, 50)).isEqualTo(numbers(50));
        }
    }

    @Test
    void shouldReplayInOrderAfterARestartAndForgetWhatWasAcked() throws IOException {
        RawClient.agent(socket, "recipient").close();
        try (RawClient sender = RawClient.agent(socket, "sender")) {
            sendSafely(sender, 50);
        }
        restart();
        try (RawClient recipient = RawClient.agent(socket, "recipient")) {
            recipient.credit(100);
            assertThat(receive(recipient, 50)).isEqualTo(numbers(50));
            awaitAckOk(recipient, 50);
        }
        restart();
        try (RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient sender = RawClient.agent(socket, "other")) {
            recipient.credit(100);
            sender.bind(1, "recipient");
            sender.message(1, 1, 0, "after");
            assertThat(recipient.await(FrameType.DELIVER).payload()).isEqualTo("after");
        }
    }

    @Test
    void shouldKeepTheEpochOfAProcessThatResumesAfterARestart() throws IOException {
        long epoch;
        String resume;
        try (RawClient first = RawClient.agent(socket, "sender")) {
            epoch = first.epoch;
            resume = first.resume;
        }
        restart();
        try (RawClient again = new RawClient(socket)) {
            again.welcome(again.hello(Map.of("name", "sender", "resume", resume, "epoch", epoch)));
            assertThat(again.epoch).isEqualTo(epoch);
        }
        try (RawClient fresh = RawClient.agent(socket, "other")) {
            assertThat(fresh.epoch >>> 32).isEqualTo((epoch >>> 32) + 1);
        }
    }

    @Test
    void shouldSayGoodbyeToItsClientsWhenItStops() throws IOException {
        try (RawClient client = RawClient.agent(socket, "scanner")) {
            stop();
            daemon = null;
            client.await(FrameType.GOODBYE);
            client.awaitEnd();
            assertThat(socket).doesNotExist();
        }
    }

    @Test
    void shouldCloseAPeerThatDoesNotReadAndCountIt() throws IOException {
        stop();
        FlowConfig flow = new FlowConfig(2_000, 16 << 20, 2_000, 1_500, 500, 1_000, 1 << 30, 4 << 20, 100, 0, 7);
        daemon = RelayDaemon.start(
                new DaemonConfig(socket, dir.resolve("data"), 0, Set.of(), flow), NoFatal.FAILS_THE_TEST);
        try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                RawClient honest = RawClient.agent(socket, "honest")) {
            deaf.write(frames(
                    b -> FrameWriter.control(b, FrameType.HELLO, Map.of("proto", List.of(1, 1), "name", "deaf"))));
            ByteBuffer pings = frames(b -> {
                for (int i = 0; i < 1_000; i++) {
                    FrameWriter.ping(b, i);
                }
            });
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 2_000; i++) {
                            deaf.write(pings.rewind());
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(honest.isAlive()).isTrue();
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(page("/metrics"))
                            .contains("relay_connections_closed_total{reason=\"OVERLOADED\"} 1.0"));
        }
    }

    private static ByteBuffer frames(Consumer<ByteBuffer> writer) {
        ByteBuffer out = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
        writer.accept(out);
        return out.flip();
    }

    private String page(String path) throws IOException {
        URI uri =
                URI.create("http://127.0.0.1:" + Objects.requireNonNull(daemon).adminPort() + path);
        try (InputStream body = uri.toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldServeItsMetersAndDeadLettersOverHttp() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient")) {
            recipient.credit(10);
            sendSafely(sender, 3);
            Frame first = recipient.await(FrameType.DELIVER);
            recipient.refuse(first);
            recipient.await(FrameType.SKIP);
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(page("/metrics"))
                            .contains("relay_accepted_total 3.0")
                            .contains("relay_sessions 2.0")
                            .containsPattern("relay_store_database_bytes [1-9]")
                            .contains("relay_dead_lettered_total{reason=\"REFUSED_BY_HANDLER\"} 1.0"));
            assertThat(page("/dlq")).contains("\"reason\":\"REFUSED_BY_HANDLER\"", "\"error\":\"no thanks\"");
            assertThat(page("/health")).contains("\"score\":95");
            assertThat(page("/metrics"))
                    .contains("relay_health_score 95.0")
                    .contains("relay_health_deduction_points{name=\"dead_letters\"} 5.0");
            assertThat(page("/readyz")).isEqualTo("ready\n");
        }
    }

    @Test
    void shouldKeepItsFilesToItself() throws IOException {
        assertThat(mode(socket)).isEqualTo("rw-------");
        assertThat(mode(dir.resolve("run"))).isEqualTo("rwx------");
        assertThat(mode(dir.resolve("data"))).isEqualTo("rwx------");
        try (var files = Files.list(dir.resolve("data"))) {
            for (Path file : files.toList()) {
                assertThat(mode(file)).as("%s", file).isIn("rw-------", "rwx------");
            }
        }
    }

    @Test
    void D23_I33_shouldRefuseASecondDaemonOnTheSameSocketOrStore() throws IOException {
        assertThatThrownBy(() -> RelayDaemon.start(config(), NoFatal.FAILS_THE_TEST))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("another daemon uses socket");
        DaemonConfig sameStore = DaemonConfig.of(dir.resolve("run/second.sock"), dir.resolve("data"));
        assertThatThrownBy(() -> RelayDaemon.start(sameStore, NoFatal.FAILS_THE_TEST))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("data_dir");
        try (RawClient client = RawClient.agent(socket, "unharmed")) {
            assertThat(client.isAlive()).isTrue();
        }
    }

    private static void sendSafely(RawClient sender, int count) {
        sender.bind(1, "recipient");
        for (int i = 1; i <= count; i++) {
            sender.message(1, i, 0, Integer.toString(i));
        }
        Frame sent = sender.await(FrameType.SENT);
        while (sent.seq() < count) {
            sent = sender.await(FrameType.SENT);
        }
    }

    private static List<String> receive(RawClient recipient, int count) {
        List<String> payloads = new ArrayList<>();
        while (payloads.size() < count) {
            Frame delivered = recipient.await(FrameType.DELIVER);
            payloads.add(delivered.payload());
            recipient.ack(delivered);
        }
        return payloads;
    }

    private static void awaitAckOk(RawClient recipient, long floor) {
        Frame ok = recipient.await(FrameType.ACK_OK);
        while (ok.seq() < floor) {
            ok = recipient.await(FrameType.ACK_OK);
        }
    }

    private static List<String> numbers(int count) {
        List<String> numbers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
