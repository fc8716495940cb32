package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures in virtual time. */
class RetryTest extends HeartTest {
    @SuppressWarnings("NullAway.Init")
    private Peer sender;

    @SuppressWarnings("NullAway.Init")
    private Peer recipient;

    @BeforeEach
    void connect() {
        sender = heart.join("sender");
        recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(100);
    }

    private void send(int from, int to) {
        for (int seq = from; seq <= to; seq++) {
            sender.send(1, seq, Flags.WANT_RESULT, "m" + seq);
        }
        heart.turn();
    }

    @Test
    void I15_shouldTrySixTimesAtTheTimesOfTheScheduleAndThenDeadLetter() {
        send(1, 1);
        long startMs = heart.clock.wallMs;
        List<Long> attemptsMs = new ArrayList<>();
        for (int step = 0; step < 1_400; step++) {
            for (Got d : recipient.deliveries()) {
                attemptsMs.add(heart.clock.wallMs - startMs);
                assertThat(d.attempt()).isEqualTo(attemptsMs.size());
                recipient.nack(d, Frames.NACK_ERROR);
            }
            heart.liveMs(50, sender, recipient);
        }
        assertThat(attemptsMs).hasSize(6);
        long[] schedule = {0, 2_000, 6_000, 14_000, 30_000, 55_000};
        for (int i = 0; i < 6; i++) {
            assertThat(attemptsMs.get(i)).isBetween(schedule[i], schedule[i] + 150);
        }
        Got result = sender.one(FrameType.RESULT);
        assertThat(result.by()).isEqualTo(Frames.DEAD);
        assertThat(Frames.b7(result.b(), 0)).isEqualTo(DeadLetterReason.MAX_ATTEMPTS.number());
        assertThat(Frames.resultAttempts(result.b(), 0)).isEqualTo(6);
        assertThat(recipient.stream()).containsExactly("skip 1");
    }

    @Test
    void I15_shouldNotChargeTimeOffline() {
        send(1, 1);
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_ERROR);
        recipient.die();
        heart.liveMs(600_000, sender);
        Peer back = heart.join("recipient");
        back.credit(10);
        assertThat(back.deliveries()).isEmpty();
        heart.liveMs(2_100, sender, back);
        assertThat(back.one(FrameType.DELIVER).attempt()).isEqualTo(2);
    }

    @Test
    void I11_shouldRewindTheLaneOfAFailedMessage() {
        send(1, 4);
        List<Got> first = recipient.deliveries();
        assertThat(first).extracting(Got::seq).containsExactly(1L, 2L, 3L, 4L);
        recipient.ack(first.get(1));
        recipient.nack(first.get(2), Frames.NACK_ERROR);
        assertThat(recipient.deliveries()).isEmpty();
        heart.liveMs(2_100, sender, recipient);
        List<Got> again = recipient.deliveries();
        assertThat(again).extracting(Got::seq).containsExactly(3L, 4L);
        assertThat(again).extracting(Got::attempt).containsExactly(2, 1);
    }

    @Test
    void D13_shouldNotDeliverThreeBeforeTheRetryOfOne() {
        recipient.credit(1);
        send(1, 3);
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_TIMEOUT);
        List<Long> order = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            heart.liveMs(100, sender, recipient);
            recipient.deliveries().forEach(d -> {
                order.add(d.seq());
                recipient.ack(d);
            });
        }
        assertThat(order).containsExactly(1L, 2L, 3L);
    }

    @Test
    void D14_shouldLetAFailingMessageDelayItsOwnLaneOnly() {
        Peer other = heart.join("other");
        other.bind(1, "recipient");
        send(1, 2);
        recipient.nack(recipient.deliveries().get(0), Frames.NACK_ERROR);
        for (int seq = 1; seq <= 50; seq++) {
            other.send(1, seq, 0, "o" + seq);
        }
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(50);
    }

    @Test
    void I6_shouldNeverDeliverAgainWithoutCause() {
        send(1, 3);
        assertThat(recipient.deliveries()).extracting(Got::attempt).containsOnly(1);
        heart.liveMs(3_600_000, sender, recipient);
        assertThat(recipient.deliveries()).isEmpty();
        assertThat(heart.counter(Counter.REDELIVERED)).isZero();
    }

    @Test
    void I17_shouldKeepIdReasonAttemptsTimesAndErrorOfADeadLetter() {
        send(1, 1);
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        heart.turn();
        Map<?, ?> row = deadLetters().get(0);
        assertThat(row.get("reason")).isEqualTo("REFUSED_BY_HANDLER");
        assertThat(row.get("error")).isEqualTo("no");
        assertThat(row.get("attempts")).isEqualTo(1L);
        assertThat(row.get("sender")).isEqualTo("sender");
        assertThat(row.get("first_at_ms")).isEqualTo(heart.clock.wallMs);
    }

    private List<Map<?, ?>> deadLetters() {
        List<Map<?, ?>> rows = new ArrayList<>();
        List<?> listed = (List<?>)
                java.util.Objects.requireNonNull(sender.control("dlq.ls").get("dead_letters"));
        listed.forEach(row -> rows.add((Map<?, ?>) row));
        return rows;
    }

    @Test
    void D18_shouldRedriveADeadLetterInOneCommitAndKeepItsId() {
        send(1, 1);
        Got first = recipient.one(FrameType.DELIVER);
        recipient.nack(first, Frames.NACK_REFUSED);
        heart.turn();
        recipient.take(FrameType.SKIP).forEach(recipient::ack);
        Object no = java.util.Objects.requireNonNull(deadLetters().get(0).get("no"));
        int commits = heart.store.commits;
        assertThat(sender.control("dlq.redrive", "no", no)).containsEntry("ok", true);
        assertThat(heart.store.commits).isEqualTo(commits + 1);
        Got again = recipient.one(FrameType.DELIVER);
        assertThat(again.payload()).isEqualTo("m1");
        assertThat(Peer.idMsb(again)).isEqualTo(Peer.idMsb(first));
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void D19_shouldNotGiveUpBeforeSixtySeconds() {
        send(1, 1);
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_ERROR);
        for (int i = 0; i < 540; i++) {
            heart.liveMs(100, sender, recipient);
            recipient.deliveries().forEach(d -> recipient.nack(d, Frames.NACK_ERROR));
        }
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
    }
}
