package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What expires for somebody who is away dies then, not when he is back (I1: a dead letter is an end that the sender hears of). Rings of four, so that the rest lies in the store. */
class ExpiryTest extends HeartTest {
    private static final int TTL_MS = 10_000;

    @SuppressWarnings("NullAway.Init")
    private Peer sender;

    @Override
    BusConfig config() {
        return Heart.small(4, 100);
    }

    @BeforeEach
    void leaveTheRecipientAway() {
        heart.join("recipient").die();
        sender = heart.join("sender");
        sender.bind(1, "recipient");
    }

    private void send(long seq, int flags, int ttlMs) {
        sender.send(1, seq, flags, ttlMs, HeaderBlock.EMPTY, "m" + seq);
        heart.turn();
    }

    /** Of each four the second has an age limit. */
    private void sendMixed(int count) {
        for (int seq = 1; seq <= count; seq++) {
            send(seq, 0, seq % 4 == 2 ? TTL_MS : 0);
        }
    }

    private List<Object> dead() {
        Map<?, ?> reply = heart.join("operator" + heart.clock.nowNs).control("dlq.ls", "reason", "EXPIRED");
        List<?> rows = (List<?>) Objects.requireNonNull(reply.get("dead_letters"));
        return rows.stream()
                .<Object>map(row -> Objects.requireNonNull(((Map<?, ?>) row).get("seq")))
                .toList();
    }

    private List<String> back() {
        Peer recipient = heart.join("recipient");
        recipient.credit(100);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            recipient.got.stream()
                    .filter(g -> g.type() == FrameType.DELIVER || g.type() == FrameType.SKIP)
                    .toList()
                    .forEach(g -> recipient.ack(g.lane(), g.epoch(), g.seq(), 0));
            all.addAll(recipient.stream());
            heart.advanceMs(Heart.STEP_MS);
        }
        return all;
    }

    @Test
    void I1_shouldBuryInMemoryWhatExpiresBehindAMessageWithoutALimit() {
        sendMixed(3);
        heart.advanceMs(TTL_MS - 1_000);
        assertThat(dead()).isEmpty();
        heart.advanceMs(2_000);
        assertThat(dead()).containsExactly(2L);
        assertThat(back()).containsExactly("1", "skip 2", "3");
    }

    @Test
    void I1_shouldBuryInTheStoreWhatExpiresBeyondTheRing() {
        sendMixed(20);
        heart.advanceMs(TTL_MS + 2_000);
        assertThat(dead()).containsExactly(2L, 6L, 10L, 14L, 18L);
        assertThat(heart.counter(Counter.EXPIRED_UNREAD)).isEqualTo(4);
        assertThat(heart.counter(Counter.EXPIRED_ABSENT)).isEqualTo(5);
        assertThat(back())
                .startsWith("1", "skip 2", "3", "4", "5", "skip 6", "7")
                .hasSize(20);
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void I32_shouldFindAfterARestartWhatExpiresInTheStore() {
        sendMixed(8);
        heart.crash();
        heart.advanceMs(TTL_MS + 3_000);
        assertThat(dead()).containsExactly(2L, 6L);
        heart.crash();
        heart.advanceMs(3_000);
        assertThat(back()).containsExactly("1", "skip 2", "3", "4", "5", "skip 6", "7", "8");
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void I35_shouldTellTheSenderOfADeathInTheStoreWhileTheRecipientIsAway() {
        for (int seq = 1; seq <= 6; seq++) {
            send(seq, seq == 6 ? Flags.WANT_RESULT : 0, seq == 6 ? TTL_MS : 0);
        }
        heart.liveMs(TTL_MS + 2_000, sender);
        Got result = sender.one(FrameType.RESULT);
        assertThat(result.seq()).isEqualTo(6);
        assertThat(Frames.b6(result.b(), 0)).isEqualTo(Frames.DEAD);
        assertThat(Frames.b7(result.b(), 0)).isEqualTo(DeadLetterReason.EXPIRED.number());
    }

    @Test
    void I25_shouldMakeRoomInTheMailboxOfAnAbsentAgent() {
        for (int seq = 1; seq <= 100; seq++) {
            send(seq, 0, TTL_MS);
        }
        send(101, 0, TTL_MS);
        assertThat(sender.take(FrameType.REFUSED)).hasSize(1);
        heart.liveMs(TTL_MS + 3_000, sender);
        assertThat(dead()).hasSize(100);
        send(101, 0, 0);
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        assertThat(back()).hasSize(101).endsWith("skip 100", "101");
    }

    @Test
    void I1_shouldLeaveToTheRecipientWhatItComesBackFor() {
        sendMixed(20);
        heart.clock.advanceMs(TTL_MS + 1_000);
        heart.bus.onTimer(); // the search is under way, its page not yet read
        List<String> seen = back();
        assertThat(seen).hasSize(20).startsWith("1", "skip 2", "3", "4", "5", "skip 6");
        assertThat(dead()).containsExactly(2L, 6L, 10L, 14L, 18L);
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void I25_shouldDoNothingWhereNothingHasALimitOrItHasNotCome() {
        send(1, 0, 0);
        send(2, 0, 3_600_000);
        long commits = heart.store.commits;
        heart.advanceMs(60_000);
        assertThat(heart.store.commits).isEqualTo((int) commits);
        assertThat(heart.counter(Counter.EXPIRED)).isZero();
    }
}
