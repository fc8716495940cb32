package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * F2 of the test catalogue: what a hostile or broken client can write. Every case gets a definite answer within two seconds (the silent
 * ones: within the handshake deadline), and an honest session beside it goes on.
 */
class AbuseIT {
    /** A name of its own for each case: the end of the session before may not have reached the daemon yet. */
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final long ANSWER_MS = 2_000;

    @TempDir
    static Path dir = Path.of("");

    private static @Nullable RelayDaemon daemon;
    private static @Nullable RawClient honest;
    private static Path socket = Path.of("");

    @BeforeAll
    static void start() throws IOException {
        socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")), NoFatal.FAILS_THE_TEST);
        honest = RawClient.agent(socket, "honest");
    }

    @AfterAll
    static void stop() {
        if (honest != null) {
            honest.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    static Stream<Arguments> beforeHello() {
        List<Arguments> cases = new ArrayList<>();
        for (int length : new int[] {0, 1, 7, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, Limits.MAX_FRAME_BYTES + 1}) {
            cases.add(arguments("HELLO of length " + length, prefix(length, FrameType.HELLO), "BAD_FRAME"));
        }
        cases.add(arguments(
                "CONTROL above 64 KiB", prefix(Limits.MAX_CONTROL_BYTES + 1, FrameType.CONTROL), "BAD_FRAME"));
        IntStream.of(0, 2, 3, 4, 6, 8, 10, 16, 17, 18, 21, 23, 25, 29, 30, 31, 200, 255)
                .forEach(type -> cases.add(arguments("frame type " + type + " first", padded(type, 64), "BAD_FRAME")));
        for (String http : List.of(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /a HTTP/1.1\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001")) {
            cases.add(arguments("another protocol: " + http.strip(), text(http), "BAD_FRAME"));
        }
        hello(cases, "nothing", "", "BAD_FRAME");
        hello(cases, "truncated", "{\"proto\":[1,1],\"name\":\"a", "BAD_FRAME");
        hello(cases, "array", "[1]", "BAD_FRAME");
        hello(cases, "text", "\"x\"", "BAD_FRAME");
        hello(cases, "two values", "{} {}", "BAD_FRAME");
        hello(cases, "100,000 levels", "[".repeat(100_000), "BAD_FRAME");
        hello(cases, "17 levels", "{\"a\":".repeat(17) + "1" + "}".repeat(17), "BAD_FRAME");
        hello(cases, "duplicate keys", "{\"proto\":[1,1],\"name\":\"a\",\"name\":\"b\"}", "BAD_FRAME");
        hello(cases, "NaN", "{\"proto\":[1,1],\"name\":\"a\",\"epoch\":NaN}", "BAD_FRAME");
        hello(
                cases,
                "an exponent beyond all numbers",
                "{\"proto\":[1,1],\"name\":\"a\",\"epoch\":1e99999999999}",
                "BAD_FRAME");
        hello(cases, "no name", "{\"proto\":[1,1]}", "BAD_FRAME", "BAD_NAME");
        hello(cases, "name is a number", "{\"proto\":[1,1],\"name\":7}", "BAD_FRAME", "BAD_NAME");
        hello(cases, "no proto", "{\"name\":\"a\"}", "BAD_FRAME", "PROTOCOL_VERSION");
        hello(cases, "proto is text", "{\"proto\":\"1\",\"name\":\"a\"}", "BAD_FRAME", "PROTOCOL_VERSION");
        hello(cases, "proto from the future", "{\"proto\":[2,9],\"name\":\"a\"}", "PROTOCOL_VERSION");
        hello(
                cases,
                "resume is no hex",
                "{\"proto\":[1,1],\"name\":\"honest\",\"resume\":\"zz\",\"epoch\":1}",
                "NAME_IN_USE",
                "UNAUTHORIZED",
                "STALE_EPOCH",
                "BAD_FRAME");
        hello(cases, "the name of another", "{\"proto\":[1,1],\"name\":\"honest\"}", "NAME_IN_USE");
        for (String name : List.of(
                "",
                "A",
                "../x",
                "a/b",
                "a b",
                "*",
                ">",
                "a\\r\\nb",
                "a\\u0000",
                "\\ud800",
                "\\u202e",
                "'; drop table x--",
                "x".repeat(65),
                "x".repeat(10_000))) {
            hello(
                    cases,
                    "name " + name.substring(0, Math.min(12, name.length())),
                    "{\"proto\":[1,1],\"name\":\"" + name + "\"}",
                    "BAD_NAME",
                    "BAD_FRAME");
        }
        cases.add(arguments(
                "HELLO that is not UTF-8",
                json(FrameType.HELLO, new byte[] {'{', '"', (byte) 0xc3, '"', '}'}),
                "BAD_FRAME"));
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("beforeHello")
    void D10_I46_shouldAnswerWithACodeAndCloseBeforeHello(String what, ByteBuffer bytes, String codes)
            throws IOException {
        try (RawClient hostile = new RawClient(socket)) {
            hostile.bytes(bytes);
            Frame answer = answer(hostile);
            assertThat(answer.type()).as(what).isEqualTo(FrameType.ERROR);
            assertThat(List.of(codes.split(",")))
                    .as("%s: %s", what, answer)
                    .contains(String.valueOf(answer.json().get("code")));
            assertThat(String.valueOf(answer.json().get("message"))).isNotBlank();
            hostile.awaitEnd();
        }
        assertHonestIsUnharmed();
    }

    static Stream<Arguments> afterHello() {
        List<Arguments> cases = new ArrayList<>();
        for (int length : new int[] {0, 7, -1, Integer.MAX_VALUE, Limits.MAX_SKIPPED_BYTES + 1}) {
            cases.add(arguments("SEND of length " + length, prefix(length, FrameType.SEND), "BAD_FRAME", false));
        }
        cases.add(arguments(
                "second HELLO", json(FrameType.HELLO, "{\"proto\":[1,1],\"name\":\"b\"}"), "BAD_FRAME", false));
        IntStream.of(0, 31, 200, 255)
                .forEach(type -> cases.add(arguments("unknown type " + type, padded(type, 40), "BAD_FRAME", true)));
        IntStream.of(16, 21, 23, 25, 29)
                .forEach(type ->
                        cases.add(arguments("type " + type + " cut short", padded(type, 8), "BAD_FRAME", true)));
        cases.add(arguments("SEND on no handle", padded(FrameType.SEND, 64), "REFUSED 9", true));
        cases.add(arguments(
                "CONTROL of an unknown operation",
                json(FrameType.CONTROL, "{\"ref\":1,\"op\":\"rm -rf\"}"),
                "BAD_REQUEST",
                true));
        cases.add(arguments(
                "BIND of an illegal name",
                json(
                        FrameType.BIND,
                        "{\"handle\":1,\"target_kind\":\"agent\",\"target\":\"../a\",\"class\":\"message\",\"resolved_to\":0}"),
                "BAD_NAME",
                true));
        for (int type : new int[] {FrameType.BIND, FrameType.KIND, FrameType.CONTROL}) {
            cases.add(arguments("broken JSON in type " + type, json(type, "{\"a\":"), "BAD_FRAME", true));
            cases.add(arguments("deep JSON in type " + type, json(type, "[".repeat(20_000)), "BAD_FRAME", true));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("afterHello")
    void shouldAnswerWithACodeAfterHello(String what, ByteBuffer bytes, String code, boolean mayLive)
            throws IOException {
        try (RawClient hostile = RawClient.agent(socket, "hostile-" + NAMES.incrementAndGet())) {
            hostile.bytes(bytes);
            Frame answer = answer(hostile);
            String got = answer.is(FrameType.REFUSED)
                    ? "REFUSED " + Frames.refusedCode(answer.b(), 0)
                    : String.valueOf(answer.json().get("code"));
            assertThat(got).as("%s: %s", what, answer).isEqualTo(code);
            if (!mayLive) {
                hostile.awaitEnd();
            }
        }
        assertHonestIsUnharmed();
    }

    @Test
    void I24_C3_shouldRefuseHostileNamesWhereverTheyStand() throws IOException {
        List<String> hostile = List.of(
                "",
                "A",
                "../x",
                "a/b",
                "a b",
                "*",
                ">",
                "a\r\nSET x 1",
                "a\u0000",
                "\u202ea",
                "'; DROP TABLE agent--",
                "x".repeat(65),
                "x".repeat(10_000));
        try (RawClient client = RawClient.agent(socket, "namer")) {
            int handle = 0;
            for (String name : hostile) {
                client.control(
                        FrameType.BIND,
                        Map.of("handle", ++handle, "target_kind", "agent", "target", name, "class", "message"));
                assertThat(client.await(FrameType.ERROR).json())
                        .as("BIND %s", name)
                        .containsEntry("code", "BAD_NAME");
                client.control(FrameType.CONTROL, Map.of("ref", 1, "op", "agents.add", "name", name));
                assertThat(client.await(FrameType.CONTROL_REPLY).json())
                        .as("agents.add %s", name)
                        .containsEntry("code", "BAD_NAME");
                String topic =
                        name.isEmpty() || name.equals("A") || name.equals("*") || name.equals(">") ? "a..b" : name;
                client.control(FrameType.CONTROL, Map.of("ref", 1, "op", "subscribe", "topic", topic));
                assertThat(client.await(FrameType.CONTROL_REPLY).json())
                        .as("subscribe %s", topic)
                        .containsEntry("code", "BAD_NAME");
                client.control(FrameType.CONTROL, Map.of("ref", 1, "op", "dlq.ls", "sender", name, "target", name));
                assertThat(client.await(FrameType.CONTROL_REPLY).json())
                        .as("dlq.ls %s", name)
                        .containsEntry("ok", true);
            }
            assertThat(client.isAlive()).isTrue();
        }
        assertHonestIsUnharmed();
    }

    @Test
    void I27_shouldRefuseAnOversizedSendAndGoOn() throws IOException {
        try (RawClient client = RawClient.agent(socket, "large")) {
            client.bytes(padded(FrameType.SEND, Limits.MAX_FRAME_BYTES + 1));
            Frame refused = client.await(FrameType.REFUSED);
            assertThat(Frames.refusedCode(refused.b(), 0)).isEqualTo(ErrorCode.TOO_LARGE.number());
            assertThat(client.isAlive()).isTrue();
        }
    }

    @Test
    void shouldBearAcksOfNothingAndAbsurdCredit() throws IOException {
        try (RawClient client = RawClient.agent(socket, "absurd")) {
            client.frame(b -> FrameWriter.credit(b, 0, -1, -1L));
            client.frame(b -> FrameWriter.credit(b, 77, Integer.MAX_VALUE, Long.MAX_VALUE));
            client.frame(b -> FrameWriter.ack(b, 77, -1L, -1L, -1L));
            client.frame(b -> FrameWriter.ack(b, 0, 0, Long.MIN_VALUE, 0));
            client.frame(b -> FrameWriter.nack(b, -5, 9, -1, -1L, -1L, new byte[0]));
            assertThat(client.isAlive()).isTrue();
        }
        assertHonestIsUnharmed();
    }

    @Test
    void shouldAnswerAHelloWithFieldsOfOtherTypes() throws IOException {
        List<Map<String, Object>> odd = List.of(
                Map.of("epoch", "x"),
                Map.of("floors", "x"),
                Map.of("floors", List.of(1, "a")),
                Map.of("takeover", 3),
                Map.of("client", List.of()),
                Map.of("boot_no", Long.MIN_VALUE),
                Map.of("namespace", 4));
        for (Map<String, Object> field : odd) {
            try (RawClient client = new RawClient(socket)) {
                Map<String, Object> fields = new HashMap<>(field);
                fields.put("name", "odd");
                Frame answer = client.hello(fields);
                assertThat(answer.type()).as("%s: %s", field, answer).isIn(FrameType.WELCOME, FrameType.ERROR);
            }
        }
        assertHonestIsUnharmed();
    }

    @Test
    void I49_shouldCloseASilentConnectionByTheHandshakeDeadline() throws IOException {
        try (RawClient silent = new RawClient(socket)) {
            Frame answer = silent.next();
            assertThat(answer.json()).containsEntry("code", "HANDSHAKE_TIMEOUT");
            silent.awaitEnd();
        }
    }

    @Test
    void I49_shouldNotBeLockedOutByManySilentConnections() throws IOException {
        List<RawClient> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                silent.add(new RawClient(socket));
            }
            try (RawClient late = RawClient.agent(socket, "late")) {
                assertThat(late.isAlive()).isTrue();
            }
            assertHonestIsUnharmed();
        } finally {
            silent.forEach(RawClient::close);
        }
    }

    private static Frame answer(RawClient client) {
        Frame answer = client.poll(ANSWER_MS);
        assertThat(answer).as("no answer within %d ms", ANSWER_MS).isNotNull();
        assertThat(RawClient.isEnd(Objects.requireNonNull(answer)))
                .as("closed without a code")
                .isFalse();
        return answer;
    }

    private static void assertHonestIsUnharmed() {
        assertThat(Objects.requireNonNull(honest).isAlive()).isTrue();
    }

    private static void hello(List<Arguments> cases, String what, String body, String... codes) {
        cases.add(arguments("HELLO: " + what, json(FrameType.HELLO, body), String.join(",", codes)));
    }

    private static ByteBuffer json(int type, String body) {
        return json(type, body.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer json(int type, byte[] body) {
        ByteBuffer out = ByteBuffer.allocate(8 + body.length).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.control(out, type, body);
        return out.flip();
    }

    private static ByteBuffer prefix(int length, int type) {
        ByteBuffer out = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        return out.putInt(length).put((byte) type).rewind();
    }

    private static ByteBuffer padded(int type, int length) {
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        return out.putInt(length).put((byte) type).rewind();
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
