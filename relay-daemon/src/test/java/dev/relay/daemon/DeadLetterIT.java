package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.SecurityConfig;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters as their owners, operators and strangers meet them (I17, D18), against a real daemon whose only operator is {@code ops}. */
class DeadLetterIT {
    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");
    private @Nullable RelayDaemon daemon;
    private long lastRef;

    @BeforeEach
    void start() {
        socket = dir.resolve("run/relay.sock");
        SecurityConfig onlyOps = new SecurityConfig(Set.of(), "", null, 0, AccessRules.parse("", "", "ops"));
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")).with(onlyOps), NoFatal.FAILS_THE_TEST);
    }

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
            daemon = null;
        }
    }

    @Test
    void I17_shouldShowThePayloadToOwnersAndOperatorsOnly() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops");
                RawClient stranger = RawClient.agent(socket, "stranger")) {
            refuse(sender, recipient, "secret-payload");
            for (RawClient entitled : List.of(sender, recipient, ops)) {
                assertThat(letters(ask(entitled, "dlq.ls", Map.of()))).hasSize(1);
                Map<String, @Nullable Object> shown = ask(entitled, "dlq.show", Map.of("no", 1));
                assertThat(payload(shown)).isEqualTo("secret-payload");
            }
            assertThat(letters(ask(stranger, "dlq.ls", Map.of()))).isEmpty();
            assertThat(ask(stranger, "dlq.stats", Map.of())).containsEntry("total", 0L);
            for (String op : List.of("dlq.show", "dlq.redrive", "dlq.drop")) {
                assertThat(ask(stranger, op, Map.of("no", 1)))
                        .containsEntry("code", "UNAUTHORIZED")
                        .doesNotContainKey("payload");
            }
        }
    }

    @Test
    void I17_shouldListByReasonSenderTargetAndAge() throws IOException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            refuse(sender, recipient, "one");
            Map<String, Object> row = letters(ask(ops, "dlq.ls", Map.of())).get(0);
            assertThat(row)
                    .containsEntry("sender", "sender")
                    .containsEntry("target", "recipient")
                    .containsEntry("reason", "REFUSED_BY_HANDLER")
                    .containsEntry("attempts", 1L)
                    .containsEntry("error", "no thanks")
                    .doesNotContainKey("payload");
            assertThat(letters(ask(ops, "dlq.ls", Map.of("reason", "REFUSED_BY_HANDLER", "sender", "sender"))))
                    .hasSize(1);
            assertThat(letters(ask(ops, "dlq.ls", Map.of("reason", "EXPIRED")))).isEmpty();
            assertThat(letters(ask(ops, "dlq.ls", Map.of("target", "sender")))).isEmpty();
            assertThat(letters(ask(ops, "dlq.ls", Map.of("min_age_ms", 3_600_000))))
                    .isEmpty();
            assertThat(letters(ask(ops, "dlq.ls", Map.of("max_age_ms", 3_600_000))))
                    .hasSize(1);
            assertThat(ask(ops, "dlq.ls", Map.of("reason", "BAD_LUCK"))).containsEntry("code", "BAD_REQUEST");
            assertThat(ask(ops, "dlq.stats", Map.of()))
                    .containsEntry("total", 1L)
                    .containsEntry("by_reason", Map.of("REFUSED_BY_HANDLER", 1L));
        }
    }

    @Test
    void I17_shouldRedriveOnceWithIdAndOriginAndAuditIt() throws IOException, SQLException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            Frame dead = refuse(sender, recipient, "again");
            long first = send(ops, "dlq.redrive", Map.of("no", 1));
            long second = send(ops, "dlq.redrive", Map.of("no", 1));
            Map<Object, Map<String, @Nullable Object>> replies = new HashMap<>();
            for (int i = 0; i < 2; i++) {
                Map<String, @Nullable Object> reply =
                        ops.await(FrameType.CONTROL_REPLY).json();
                replies.put(reply.getOrDefault("ref", 0L), reply);
            }
            assertThat(replies.get(first)).containsEntry("ok", true).containsEntry("seq", 1L);
            assertThat(replies.get(second)).containsEntry("code", "NOT_FOUND");
            Frame again = recipient.await(FrameType.DELIVER);
            assertThat(again.payload()).isEqualTo("again");
            assertThat(again.flags() & Flags.REDELIVERED).isNotZero();
            assertThat(id(again)).isEqualTo(id(dead));
            assertThat(HeaderBlock.text(again.b(), 0, HeaderKey.ORIGIN)).isEqualTo("sender");
            recipient.ack(again);
            assertThat(letters(ask(ops, "dlq.ls", Map.of()))).isEmpty();
        }
        stop();
        assertThat(audited()).containsExactly("dlq.redrive by default/ops");
    }

    @Test
    void I9_shouldNeverGiveTheIdentityOfARedriveToAnotherOne() throws IOException {
        long firstEpoch;
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            refuse(sender, recipient, "one");
            ask(ops, "dlq.redrive", Map.of("no", 1));
            Frame again = recipient.await(FrameType.DELIVER);
            firstEpoch = Frames.epoch(again.b(), 0);
            recipient.ack(again);
            assertThat(recipient.isAlive()).isTrue();
        }
        stop();
        start();
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            refuse(sender, recipient, "two");
            ask(ops, "dlq.redrive", Map.of("no", 2));
            Frame again = recipient.await(FrameType.DELIVER);
            assertThat(again.payload()).isEqualTo("two");
            assertThat(again.seq()).isEqualTo(1);
            assertThat(Frames.epoch(again.b(), 0)).isGreaterThan(firstEpoch);
        }
    }

    @Test
    void I17_shouldTellTheSenderOfADeathWhenItAsked() throws IOException {
        try (RawClient sender = new RawClient(socket);
                RawClient recipient = RawClient.agent(socket, "recipient")) {
            sender.welcome(sender.hello(Map.of("name", "sender", "events", List.of("dead_letter"))));
            refuse(sender, recipient, "one");
            assertThat(sender.await(FrameType.EVENT).json())
                    .containsEntry("event", "dead_letter")
                    .containsEntry("no", 1L)
                    .containsEntry("target", "recipient")
                    .containsEntry("reason", "REFUSED_BY_HANDLER")
                    .containsEntry("seq", 1L)
                    .doesNotContainKey("payload");
        }
    }

    @Test
    void D12_shouldShowALargePayloadInPiecesThatFitAControlFrame() throws IOException {
        String large = "x".repeat(50 << 10);
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            refuse(sender, recipient, large);
            StringBuilder all = new StringBuilder();
            boolean more = true;
            while (more) {
                send(ops, "dlq.show", Map.of("no", 1, "offset", all.length()));
                Frame frame = ops.await(FrameType.CONTROL_REPLY);
                assertThat(Frames.len(frame.b(), 0)).isLessThanOrEqualTo(Limits.MAX_CONTROL_BYTES);
                assertThat(frame.json()).containsEntry("payload_bytes", (long) large.length());
                all.append(payload(frame.json()));
                more = Boolean.TRUE.equals(frame.json().get("more"));
            }
            assertThat(all.toString()).isEqualTo(large);
        }
    }

    @Test
    void I17_shouldDropAndAuditALook() throws IOException, SQLException {
        try (RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient");
                RawClient ops = RawClient.agent(socket, "ops")) {
            refuse(sender, recipient, "one");
            ask(ops, "dlq.show", Map.of("no", 1));
            assertThat(ask(ops, "dlq.drop", Map.of("no", 1))).containsEntry("ok", true);
            assertThat(ask(ops, "dlq.show", Map.of("no", 1))).containsEntry("code", "NOT_FOUND");
        }
        stop();
        assertThat(audited()).containsExactly("dlq.show by default/ops", "dlq.drop by default/ops");
    }

    @Test
    void I24_shouldKeepTheNameOfTheRedriverToItself() throws IOException {
        try (RawClient impostor = new RawClient(socket)) {
            assertThat(impostor.hello(Map.of("name", "relay-redrive")).json()).containsEntry("code", "UNAUTHORIZED");
            impostor.awaitEnd();
        }
    }

    /** Sends, refuses it as the recipient, and waits until that is durable. */
    private static Frame refuse(RawClient sender, RawClient recipient, String payload) {
        recipient.credit(10);
        sender.bind(1, "recipient");
        sender.message(1, 1, Flags.WANT_RESULT, payload);
        Frame delivered = recipient.await(FrameType.DELIVER);
        recipient.refuse(delivered);
        sender.await(FrameType.RESULT);
        recipient.ack(delivered);
        return delivered;
    }

    private long send(RawClient client, String op, Map<String, Object> arguments) {
        Map<String, Object> json = new HashMap<>(arguments);
        json.put("ref", ++lastRef);
        json.put("op", op);
        client.control(FrameType.CONTROL, json);
        return lastRef;
    }

    private static Map<String, @Nullable Object> reply(RawClient client, long ref) {
        Map<String, @Nullable Object> json =
                client.await(FrameType.CONTROL_REPLY).json();
        assertThat(json).containsEntry("ref", ref);
        return json;
    }

    private Map<String, @Nullable Object> ask(RawClient client, String op, Map<String, Object> arguments) {
        return reply(client, send(client, op, arguments));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> letters(Map<String, @Nullable Object> answer) {
        assertThat(answer.get("dead_letters")).as("%s", answer).isInstanceOf(List.class);
        return (List<Map<String, Object>>) Objects.requireNonNull(answer.get("dead_letters"));
    }

    private static String payload(Map<String, @Nullable Object> shown) {
        return new String(Base64.getDecoder().decode(String.valueOf(shown.get("payload"))), StandardCharsets.UTF_8);
    }

    private static String id(Frame message) {
        byte[] id = new byte[16];
        message.b().get(MessageHeader.ID_AT, id);
        return HexFormat.of().formatHex(id);
    }

    private List<String> audited() throws SQLException {
        List<String> rows = new ArrayList<>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("data/relay.db"));
                var statement = connection.createStatement();
                ResultSet r =
                        statement.executeQuery("SELECT op, who FROM audit WHERE op <> 'dead_letter' ORDER BY no")) {
            while (r.next()) {
                rows.add(r.getString(1) + " by " + r.getString(2).replaceFirst(" .*", ""));
            }
        }
        return rows;
    }
}
