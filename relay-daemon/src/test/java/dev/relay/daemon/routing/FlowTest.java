package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Windows, watermarks, spill, quotas. */
class FlowTest extends HeartTest {
    private void sendAll(Peer sender, int from, int to) {
        for (int seq = from; seq <= to; seq++) {
            sender.send(1, seq, 0, "m" + seq);
            if (seq % 1_000 == 0) {
                heart.turn();
            }
        }
        heart.turn();
    }

    @Test
    void I26_shouldDeliverNothingBeforeTheFirstCredit() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        sendAll(sender, 1, 3);
        heart.advanceMs(1_000);
        assertThat(recipient.deliveries()).isEmpty();
        recipient.credit(2);
        assertThat(recipient.seqs()).containsExactly(1L, 2L);
    }

    @Test
    void I25_shouldKeepTheWindowOfALaneAndGiveItBackByAcks() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        recipient.credit(5);
        sendAll(sender, 1, 20);
        List<Got> first = recipient.deliveries();
        assertThat(first).hasSize(5);
        recipient.ack(first.get(2));
        assertThat(recipient.seqs()).containsExactly(6L, 7L, 8L);
        recipient.say(b -> FrameWriter.credit(b, first.get(0).lane(), 0, 0));
        recipient.ack(first.get(0).lane(), first.get(0).epoch(), 8, 0);
        assertThat(recipient.deliveries()).isEmpty();
    }

    @Test
    void I25_shouldTellPausedAtFifteenHundredAndResumedAtFiveHundred() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        sendAll(sender, 1, 1_499);
        assertThat(sender.take(FrameType.PAUSED)).isEmpty();
        sendAll(sender, 1_500, 1_600);
        assertThat(Frames.queued(sender.one(FrameType.PAUSED).b(), 0)).isEqualTo(1_500);
        Peer again = sender.reconnect();
        again.bind(1, "recipient", "resolved_to", 1_600L);
        assertThat(again.take(FrameType.PAUSED))
                .as("told again on a new session")
                .hasSize(1);
        recipient.credit(2_000);
        List<Got> all = recipient.deliveries();
        recipient.ack(all.get(1_098));
        assertThat(again.take(FrameType.RESUMED)).isEmpty();
        recipient.ack(all.get(1_099));
        assertThat(Frames.queued(again.one(FrameType.RESUMED).b(), 0)).isEqualTo(500);
    }

    @Test
    void D3_shouldSpillAndReadBackInOrderWithoutLoss() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        sendAll(sender, 1, 5_000);
        assertThat(heart.counter(Counter.SPILLED)).isEqualTo(3_000);
        recipient.credit(100);
        List<Long> seqs = new ArrayList<>();
        for (List<Got> batch = recipient.deliveries(); !batch.isEmpty(); batch = recipient.deliveries()) {
            batch.forEach(d -> seqs.add(d.seq()));
            recipient.ack(batch.get(batch.size() - 1));
            heart.turn();
        }
        assertThat(seqs)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 5_000).boxed().toList());
        assertThat(heart.counter(Counter.READ_BACK)).isEqualTo(3_000);
    }

    /** Receipts by disk would open its window and overflow the lane, and all that follows would go by way of the disk. */
    @Test
    void shouldPaceASenderThatIsAheadWhileItsRecipientKeepsAcking() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        List<Got> delivered = flow(sender, recipient);
        recipient.ack(delivered.get(399));
        heart.turn();
        assertThat(safeTo(sender)).isEqualTo(401);
        heart.join("other"); // a commit that has nothing to do with them carries them all
        assertThat(heart.counter(Counter.FRAMES_WRITTEN)).isEqualTo(601);
        assertThat(sender.take(FrameType.SENT))
                .as("on disk, and about to be acked")
                .isEmpty();
        assertThat(heart.counter(Counter.RECEIPTS_PACED)).isEqualTo(1);
        recipient.ack(delivered.get(499));
        heart.turn();
        assertThat(safeTo(sender)).as("no more than the low mark is ahead").isEqualTo(1_001);
    }

    @Test
    void shouldTellWhatIsOnDiskOnceTheRecipientAcksNoMore() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        flow(sender, recipient);
        heart.join("other");
        assertThat(sender.take(FrameType.SENT)).isEmpty();
        heart.advanceMs(6);
        assertThat(safeTo(sender)).isEqualTo(1_001);
    }

    /** Position 1 is acked, and the thousand behind it are delivered. */
    private List<Got> flow(Peer sender, Peer recipient) {
        recipient.credit(2_000);
        sendAll(sender, 1, 1);
        recipient.ack(recipient.deliveries().get(0));
        assertThat(safeTo(sender)).isEqualTo(1);
        sendAll(sender, 2, 1_001);
        return recipient.deliveries();
    }

    private static long safeTo(Peer sender) {
        return sender.take(FrameType.SENT).stream()
                .mapToLong(sent -> Frames.seq(sent.b(), 0))
                .max()
                .orElse(0);
    }

    @Test
    void I12_shouldReplayTheBacklogBeforeLiveMessages() {
        heart.join("recipient").die();
        Peer sender = sender();
        sendAll(sender, 1, 3_000);
        heart.crash();
        Peer back = sender.reconnect();
        back.bind(1, "recipient", "resolved_to", 3_000L);
        Peer recipient = heart.join("recipient");
        recipient.credit(2_000);
        back.send(1, 3_001, 0, "live");
        List<Long> seqs = new ArrayList<>();
        for (int i = 0; i < 50 && seqs.size() < 3_001; i++) {
            List<Got> batch = recipient.deliveries();
            batch.forEach(d -> seqs.add(d.seq()));
            if (!batch.isEmpty()) {
                recipient.ack(batch.get(batch.size() - 1));
            }
            heart.turn();
        }
        assertThat(seqs)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 3_001).boxed().toList());
    }

    @Test
    void I25_shouldRefuseAboveTheSendersWindow() {
        heart.join("recipient").die();
        Peer sender = sender();
        heart.store.isHolding = true;
        for (int seq = 1; seq <= Limits.WINDOW_MESSAGES + 2; seq++) {
            sender.send(1, seq, 0, "m");
        }
        List<Got> refused = sender.take(FrameType.REFUSED);
        assertThat(refused)
                .extracting(Got::code)
                .containsExactly(ErrorCode.QUEUE_FULL.number(), ErrorCode.PRECEDING_REFUSED.number());
        heart.store.release();
        heart.turn();
        sender.send(1, Limits.WINDOW_MESSAGES + 1, 0, "m");
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void I25_shouldSpillAndThenRefuseByTheGlobalByteBudget() throws java.io.IOException {
        heart.close();
        java.nio.file.Files.createDirectory(dir.resolve("budget"));
        heart = new Heart(dir.resolve("budget"), BusConfig.defaults("test").withMemory(400 << 10));
        heart.join("recipient").die();
        Peer sender = sender();
        String kilobyte = "x".repeat(1_024 - 64);
        int seq = 0;
        while (sender.take(FrameType.REFUSED).isEmpty()) {
            sender.send(1, ++seq, 0, kilobyte);
            assertThat(seq).isLessThan(600);
        }
        assertThat(heart.counter(Counter.SPILLED)).isPositive();
        assertThat(heart.bus.snapshot().refused().get("QUEUE_FULL")).isPositive();
        heart.turn();
        sender.send(1, seq, 0, kilobyte);
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED))
                .as("what is spilled and stored frees the memory")
                .isEmpty();
        Peer recipient = heart.join("recipient");
        recipient.credit(2_000);
        List<Long> seqs = new ArrayList<>();
        for (int i = 0; i < 100 && seqs.size() < seq; i++) {
            List<Got> batch = recipient.deliveries();
            batch.forEach(d -> seqs.add(d.seq()));
            batch.forEach(recipient::ack);
            heart.turn();
        }
        assertThat(seqs)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, seq).boxed().toList());
    }

    @Test
    void I10_shouldServeUrgentLanesFirstAndKeepTheOrderInsideALane() {
        heart.join("recipient").die();
        Peer calm = heart.join("calm");
        Peer urgent = heart.join("urgent");
        calm.bind(1, "recipient");
        urgent.bind(1, "recipient");
        calm.send(1, 1, 0, "c1");
        calm.send(1, 2, 0, 9, 0, HeaderBlock.EMPTY, "c2");
        urgent.send(1, 1, 0, 5, 0, HeaderBlock.EMPTY, "u1");
        urgent.send(1, 2, 0, 0, 0, HeaderBlock.EMPTY, "u2");
        heart.turn();
        Peer recipient = heart.join("recipient");
        recipient.credit(10);
        assertThat(recipient.deliveries()).extracting(Got::payload).containsExactly("u1", "u2", "c1", "c2");
    }

    @Test
    void I18_shouldServeOtherLanesOfARecipientWhoseOneLaneIsPaused() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        Peer other = heart.join("other");
        other.bind(1, "recipient");
        recipient.credit(3);
        sendAll(sender, 1, 10);
        assertThat(recipient.deliveries()).hasSize(3);
        other.send(1, 1, 0, "o1");
        assertThat(recipient.deliveries()).extracting(Got::payload).containsExactly("o1");
    }

    @Test
    void I26_shouldStopWritingToAPeerThatDoesNotReadAndGoOnLater() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        recipient.credit(100);
        recipient.pendingBytes = 9 << 20;
        sendAll(sender, 1, 5);
        assertThat(recipient.deliveries()).isEmpty();
        recipient.pendingBytes = 0;
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(5);
    }

    @Test
    void D2_shouldTellTheSenderEveryRefusal() {
        Peer sender = heart.join("sender");
        sender.bind(1, "nobody");
        for (int seq = 1; seq <= 10; seq++) {
            sender.send(1, 1, 0, "m" + seq);
        }
        assertThat(sender.take(FrameType.REFUSED))
                .hasSize(10)
                .allMatch(r -> r.code() == ErrorCode.NO_SUCH_RECIPIENT.number());
        sender.send(7, 1, 0, "unbound");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.BAD_HANDLE.number());
    }

    @Test
    void I29_shouldRefuseNewSendsWhileTheStoreIsFullAndStillDeliver() {
        Peer recipient = heart.join("recipient");
        Peer sender = sender();
        sendAll(sender, 1, 2);
        heart.store.failure = dev.relay.daemon.store.CommitOutcome.FULL;
        sender.send(1, 3, 0, "in memory");
        heart.turn();
        sender.send(1, 4, 0, "too late");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.STORAGE_FULL.number());
        sender.send(1, 4, Flags.RESENT, "never refused for room");
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        recipient.credit(10);
        assertThat(recipient.seqs()).containsExactly(1L, 2L, 3L, 4L);
        heart.store.failure = null;
        heart.advanceMs(1_000);
        sender.send(1, 5, 0, "room again");
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void I30_shouldStopAtAFatalErrorOfTheStoreWithoutAnotherReceipt() {
        heart.join("recipient").die();
        Peer sender = sender();
        heart.turn();
        heart.store.failure = dev.relay.daemon.store.CommitOutcome.FATAL;
        sender.send(1, 1, 0, "m");
        heart.turn();
        assertThat(heart.failStops).hasSize(1);
        assertThat(sender.take(FrameType.SENT)).isEmpty();
    }
}
