package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.flow.ProcessUse;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the daemon says about one agent. */
class AgentMetricsTest extends HeartTest {
    private static Map<String, @Nullable Object> metrics(Peer peer) {
        return peer.control("agent.metrics", "agent", "recipient");
    }

    @Test
    void M1_shouldTellRatiosAndHowLongHandlersTake() {
        Peer recipient = recipient();
        Peer sender = sender();
        for (int seq = 1; seq <= 10; seq++) {
            sender.send(1, seq, 0, "m" + seq);
            heart.turn();
            heart.clock.advanceMs(seq == 10 ? 400 : 8);
            Got d = recipient.one(FrameType.DELIVER);
            if (seq == 10) {
                recipient.nack(d, Frames.NACK_ERROR);
            } else {
                recipient.ack(d);
            }
        }
        Map<String, @Nullable Object> metrics = metrics(sender);
        assertThat(metrics)
                .containsEntry("acked", 9L)
                .containsEntry("failed", 1L)
                .containsEntry("queued", 1L);
        assertThat(metrics.get("failure_ratio")).isEqualTo(new BigDecimal("0.1000"));
        assertThat((Long) Objects.requireNonNull(metrics.get("handler_p50_us"))).isBetween(8_000L, 9_000L);
        Map<String, @Nullable Object> health = sender.control("agent.health", "agent", "recipient");
        assertThat(health).containsEntry("score", 85L).containsEntry("level", "warning");
    }

    @Test
    void M2_shouldForgetTheOldestWindow() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.send(1, 1, 0, "m");
        heart.turn();
        heart.clock.advanceMs(50);
        recipient.ack(recipient.one(FrameType.DELIVER));
        heart.liveMs(61_000, recipient, sender);
        assertThat(metrics(sender).get("handler_p99_us")).isNotEqualTo(0L);
        heart.liveMs(61_000, recipient, sender);
        assertThat(metrics(sender)).containsEntry("handler_p99_us", 0L).containsEntry("acked", 1L);
    }

    @Test
    void M3_shouldNameWhatIsWrongByState() {
        Peer recipient = recipient();
        Peer sender = sender();
        assertThat(sender.control("agent.health", "agent", "recipient"))
                .containsEntry("score", 100L)
                .containsEntry("level", "normal");
        sender.send(1, 1, 0, "m");
        heart.turn();
        heart.liveMs(20_000, recipient, sender);
        assertThat(metrics(sender)).containsEntry("unacked", 1L).containsEntry("oldest_unacked_ms", 20_000L);
        recipient.die();
        Map<String, @Nullable Object> gone = sender.control("agent.health", "agent", "recipient");
        assertThat(gone).containsEntry("score", 40L).containsEntry("level", "critical");
        assertThat(sender.control("agent.health", "agent", "nobody")).containsEntry("code", ErrorCode.NOT_FOUND.name());
    }

    @Test
    void M1_shouldCountWhatComesByAGroupForItsMember() {
        Peer member = recipient();
        Peer sender = heart.join("sender");
        assertThat(member.control("group.join", "group", "pricers").get("code")).isNull();
        sender.bind(1, "group", "pricers", "message");
        sender.send(1, 1, 0, "m");
        heart.turn();
        heart.liveMs(61_000, member, sender);
        Map<String, @Nullable Object> metrics = sender.control("agent.metrics", "agent", member.name);
        assertThat(metrics).containsEntry("unacked", 1L).containsEntry("oldest_unacked_ms", 61_000L);
        assertThat(metrics).containsEntry("level", "critical");
        List<?> rows = (List<?>) Objects.requireNonNull(sender.control("agents").get("agents"));
        assertThat(rows)
                .anyMatch(row -> member.name.equals(((Map<?, ?>) row).get("name"))
                        && Long.valueOf(1).equals(((Map<?, ?>) row).get("unacked")));
    }

    @Test
    void M4_shouldShowTheAgentsOwnGaugesInItsRowAndKeepThemBounded() {
        Peer recipient = recipient();
        assertThat(recipient.control("gauges", "values", Map.of("confidence", new BigDecimal("0.85"), "last", "BUY")))
                .containsEntry("gauges", 2L);
        Map<?, ?> row = (Map<?, ?>)
                ((List<?>) Objects.requireNonNull(recipient.control("agents").get("agents"))).get(0);
        assertThat(row.get("gauges")).isEqualTo(Map.of("confidence", new BigDecimal("0.85"), "last", "BUY"));
        Map<String, Object> many = new LinkedHashMap<>();
        for (int i = 0; i < 16; i++) {
            many.put("g" + i, (long) i);
        }
        assertThat(recipient.control("gauges", "values", many)).containsEntry("code", ErrorCode.BAD_REQUEST.name());
        assertThat(recipient.control("gauges", "values", Map.of("No Name", 1L)))
                .containsEntry("code", ErrorCode.BAD_REQUEST.name());
        assertThat(metrics(recipient).get("gauges")).as("unchanged").isEqualTo(row.get("gauges"));
    }

    @Test
    void M6_shouldTellInTheRowWhatTheQuestionsAboutTheAgentTell() {
        Peer recipient = recipient();
        Peer sender = sender();
        for (int seq = 1; seq <= 10; seq++) {
            sender.send(1, seq, 0, "m" + seq);
            heart.turn();
            heart.clock.advanceMs(8);
            recipient.ack(recipient.one(FrameType.DELIVER));
        }
        sender.control("pause", "agent", "recipient");
        sender.send(1, 11, 0, "held");
        heart.turn();
        heart.clock.advanceMs(300);
        Map<?, ?> row = row(sender, "recipient");
        assertThat(row.get("health"))
                .isEqualTo(90L)
                .isEqualTo(sender.control("agent.health", "agent", "recipient").get("score"));
        assertThat((Long) row.get("handler_p99_us")).isBetween(8_000L, 9_000L);
        assertThat(row.get("lag_ms")).isEqualTo(300L);
        for (String name : List.of("health", "breaker", "paused", "acked", "lag_ms", "handler_p99_us", "gauges")) {
            assertThat(row.get(name)).as(name).isEqualTo(metrics(sender).get(name));
        }
        recipient.die();
        assertThat(row(sender, "recipient").get("health")).isEqualTo(30L);
    }

    private static Map<?, ?> row(Peer asker, String agent) {
        List<?> rows = (List<?>) Objects.requireNonNull(asker.control("agents").get("agents"));
        return rows.stream()
                .map(row -> (Map<?, ?>) row)
                .filter(row -> agent.equals(row.get("name")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void M5_shouldShowWhatTheProcessBehindTheSocketUses() {
        Peer recipient = recipient();
        assertThat(heart.bus.pids()).containsExactly(7);
        heart.bus.sampled(List.of(new ProcessUse(7, 1 << 20, 12.34, 1)));
        assertThat(metrics(recipient))
                .containsEntry("rss_bytes", 1L << 20)
                .containsEntry("cpu_percent", new BigDecimal("12.3"));
    }

    @Test
    void C_shouldRefuseACommandToAnAbsentAgent() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.json(FrameType.KIND, Map.of("handle", 9L, "kind", Core.COMMAND));
        sender.sendKind(1, 1, 9, "{}");
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(1);
        recipient.die();
        sender.sendKind(1, 2, 9, "{}");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.RECIPIENT_OFFLINE.number());
    }
}
