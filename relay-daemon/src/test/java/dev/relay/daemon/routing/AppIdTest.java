package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.flow.AppIdIndex;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Ids that applications choose (I7), and messages that must reach the disk. */
class AppIdTest extends HeartTest {
    private static void call(Peer sender, long seq, int flags, String appId, String payload) {
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.APP_ID, appId).build();
        sender.send(1, seq, flags | Flags.APP_ID, 0, block, payload);
    }

    @Test
    void I7_shouldDeliverOneOfTwoCallsWithOneIdAndAnswerBothAlike() {
        Peer recipient = recipient();
        Peer sender = sender();
        call(sender, 1, Flags.WANT_RESULT, "order-1", "buy");
        call(sender, 2, Flags.WANT_RESULT, "order-1", "buy");
        call(sender, 3, Flags.WANT_RESULT, "order-2", "buy");
        heart.turn();
        assertThat(recipient.got).filteredOn(g -> g.type() == FrameType.DELIVER).hasSize(2);
        assertThat(sender.take(FrameType.SENT)).last().extracting(Got::seq).isEqualTo(3L);
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        recipient.deliveries().forEach(recipient::ack);
        heart.advanceMs(100);
        assertThat(sender.take(FrameType.RESULT))
                .allMatch(r -> r.by() == Frames.ACKED)
                .extracting(Got::seq)
                .containsExactlyInAnyOrder(1L, 2L, 3L);
    }

    /** The simulation found it: what was read back took the wait of the second call for its own. */
    @Test
    void I7_I35_shouldAnswerASecondCallWhenTheFirstIsReadBackFromTheStore() {
        Peer recipient = recipient();
        recipient.die();
        Peer before = sender();
        call(before, 1, Flags.WANT_RESULT, "order-1", "buy");
        heart.turn();
        before.die();
        heart.crash();
        Peer sender = sender();
        call(sender, 1, Flags.WANT_RESULT, "order-1", "buy");
        heart.turn();
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_DISK);
        Peer back = recipient();
        heart.turn();
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        back.ack(back.one(FrameType.DELIVER));
        heart.advanceMs(100);
        Got result = sender.one(FrameType.RESULT);
        assertThat(result.by()).isEqualTo(Frames.ACKED);
        assertThat(result.seq()).isEqualTo(1);
    }

    @Test
    void I7_shouldTellASecondCallThatTheFirstDied() {
        Peer recipient = recipient();
        Peer sender = sender();
        call(sender, 1, 0, "order-1", "buy");
        heart.turn();
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        heart.turn();
        recipient.ack(recipient.one(FrameType.SKIP));
        heart.advanceMs(100);
        call(sender, 2, Flags.WANT_RESULT, "order-1", "buy");
        heart.turn();
        Got result = sender.one(FrameType.RESULT);
        assertThat(result.by()).isEqualTo(Frames.DEAD);
        assertThat(Frames.b7(result.b(), 0)).isEqualTo(DeadLetterReason.REFUSED_BY_HANDLER.number());
        assertThat(result.seq()).isEqualTo(2);
    }

    @Test
    void I7_shouldRememberIdsOverRestartsAndProcessesForADay() {
        recipient().die();
        Peer sender = sender();
        call(sender, 1, 0, "order-1", "buy");
        heart.turn();
        sender.die();
        heart.crash();
        heart.advanceMs(1_000);
        heart.clock.advanceMs(23L * 3_600_000);
        heart.advanceMs(1_000);
        Peer restarted = sender();
        call(restarted, 1, 0, "order-1", "buy");
        heart.turn();
        assertThat(heart.counter(Counter.APP_ID_DUPLICATES)).isEqualTo(1);
        heart.clock.advanceMs(2L * 3_600_000);
        restarted.die();
        heart.advanceMs(1_000);
        Peer later = sender();
        call(later, 1, 0, "order-1", "buy");
        heart.turn();
        assertThat(heart.counter(Counter.APP_ID_DUPLICATES)).isEqualTo(1);
        Peer recipient = recipient();
        assertThat(recipient.deliveries()).hasSize(2);
    }

    /** A day of a busy sender has many times more ids than are known: their rows stayed in the store, and the next start read them all. */
    @Test
    void I7_D22_shouldKeepNoRowOfAnIdThatWentBeforeItsTime() {
        recipient().die();
        Peer sender = sender();
        call(sender, 1, 0, "order-1", "buy");
        heart.turn();
        heart.crash(recovered -> recovered.with(full(recovered.kept())));
        Peer later = sender();
        call(later, 1, 0, "order-2", "buy");
        heart.turn();
        assertThat(heart.counter(Counter.APP_IDS_FORGOTTEN_EARLY)).isEqualTo(1);
        heart.crash();
        Peer last = sender();
        call(last, 1, 0, "order-1", "buy");
        heart.turn();
        assertThat(heart.counter(Counter.APP_ID_DUPLICATES)).isZero();
    }

    /** As many ids of one sender as are known, the first of them stored. */
    private static KeptRows.Kept full(KeptRows.Kept kept) {
        long[] rows = Arrays.copyOf(kept.appIds(), AppIdIndex.CAPACITY * KeptRows.APP_ID_LONGS);
        for (int at = KeptRows.APP_ID_LONGS; at < rows.length; at += KeptRows.APP_ID_LONGS) {
            System.arraycopy(rows, 0, rows, at, KeptRows.APP_ID_LONGS);
            rows[at] = 1L + at / KeptRows.APP_ID_LONGS;
            rows[at + 4] = at;
        }
        return new KeptRows.Kept(
                kept.osBootFirst(),
                kept.lastDeadLetter(),
                kept.lastJournal(),
                kept.laneOptions(),
                rows,
                kept.documents());
    }

    @Test
    void I7_shouldKeepIdsOfSendersApart() {
        Peer recipient = recipient();
        Peer sender = sender();
        Peer other = heart.join("other");
        other.bind(1, "recipient");
        call(sender, 1, 0, "order-1", "buy");
        call(other, 1, 0, "order-1", "buy");
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(2);
    }

    @Test
    void D8_shouldRefuseAnIdThatIsUsedAgainForOtherContent() {
        recipient();
        Peer sender = sender();
        call(sender, 1, 0, "order-1", "buy");
        call(sender, 2, 0, "order-1", "sell");
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.BAD_REQUEST.number());
        sender.send(1, 2, Flags.APP_ID, "no id at all");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.BAD_FRAME.number());
    }

    @Test
    void R7_shouldNotCallAMessageWithAnIdOrAskedForDiskSafeBeforeTheCommit() {
        Peer recipient = recipient();
        Peer sender = sender();
        heart.store.isHolding = true;
        sender.send(1, 1, 0, "plain");
        recipient.ack(recipient.one(FrameType.DELIVER));
        heart.bus.endOfBatch();
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
        call(sender, 2, Flags.WANT_RESULT, "id", "x");
        sender.send(1, 3, Flags.REQUIRE_DISK | Flags.WANT_RESULT, "disk");
        sender.send(1, 4, Flags.JOURNAL | Flags.WANT_RESULT, "journal");
        recipient.deliveries().forEach(recipient::ack);
        heart.bus.endOfBatch();
        assertThat(sender.take(FrameType.SENT)).isEmpty();
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        heart.store.release();
        heart.turn();
        heart.turn();
        assertThat(sender.take(FrameType.SENT)).last().satisfies(sent -> {
            assertThat(sent.seq()).isEqualTo(4);
            assertThat(sent.by()).isEqualTo(Frames.BY_DISK);
        });
        assertThat(sender.take(FrameType.RESULT)).hasSize(3);
    }
}
