package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A recipient that has finished what the daemon still has in its store only: the normal state after a crash (R4). */
class RecipientAheadTest extends HeartTest {
    /** Handle of the only lane after {@link #resumedAhead}. */
    private int lane;

    /** A torture run found it: the acks were committed before the first credit, the page read after it was empty, and the daemon stopped itself. */
    @Test
    void R4_shouldGoOnWhenTheStoreHasForgottenWhatWasFinishedBeforeItWasReadBack() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        Peer back = resumedAhead(recipient, sender, 3);
        assertThat(back.deliveries()).isEmpty();
        assertThat(heart.bus.snapshot().spilledMessages()).isZero();
        Peer again = heart.connect();
        again.hello("sender", "epoch", sender.epoch, "resume", sender.resume);
        heart.turn();
        again.welcome();
        again.bind(1, "recipient", "resolved_to", 3L);
        again.epoch = sender.epoch;
        again.send(1, 4, 0, "m4");
        heart.turn();
        assertThat(back.seqs()).containsExactly(4L);
    }

    @Test
    void R4_shouldReadBackTheRestWhenOnlyTheFirstOfItWasFinished() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        Peer back = resumedAhead(recipient, sender, 4);
        assertThat(back.seqs()).containsExactly(4L);
        back.ack(lane, sender.epoch, 4, 0);
        heart.advanceMs(200);
        assertThat(heart.bus.snapshot().spilledMessages()).isZero();
    }

    /** A simulated run found it: the number of the refused reply went to the next one, which was taken for a repetition and lost. */
    @Test
    void R4_I36_shouldNotRefuseAReplyThatItsRequesterFinishedBeforeItWasReplaced() {
        Peer asker = heart.join("asker");
        Peer responder = heart.join("responder");
        asker.credit(10);
        responder.credit(10);
        asker.bind(1, "responder");
        responder.bind(2, "agent", "asker", "reply");
        asker.send(1, 1, Flags.REQUEST, "first");
        heart.turn();
        answer(responder, responder.one(FrameType.DELIVER), 1, 0);
        asker.ack(asker.one(FrameType.DELIVER));
        heart.advanceMs(200);
        asker.send(1, 2, Flags.REQUEST, "second");
        Got request = responder.one(FrameType.DELIVER);
        heart.store.isHolding = true;
        answer(responder, request, 2, 0);
        assertThat(asker.one(FrameType.DELIVER).has(Flags.REPLY)).isTrue();
        heart.crash();
        Map<String, Object> finished =
                Map.of("sender", "responder", "class", "reply", "epoch", responder.epoch, "seq", 2L);
        Peer same = heart.connect();
        same.hello("asker", "epoch", asker.epoch, "resume", asker.resume, "floors", List.of(finished));
        heart.turn();
        same.credit(10);
        heart.turn();
        same.die();
        heart.join("asker");
        Peer back = responder.reconnect();
        back.bind(2, "agent", "asker", "reply", "resolved_to", 1L);
        answer(back, request, 2, Flags.RESENT);
        heart.turn();
        assertThat(back.take(FrameType.REFUSED)).isEmpty();
        assertThat(Frames.seq(back.one(FrameType.SENT).b(), 0)).isEqualTo(2);
    }

    private static void answer(Peer responder, Got request, long seq, int flags) {
        byte[] block = new HeaderBlock.Builder()
                .answers(Peer.idMsb(request), 1, request.lane(), request.epoch(), request.seq())
                .build();
        responder.send(2, seq, Flags.REPLY | flags, 0, block, "answer");
    }

    /** The daemon crashes with so many messages stored; the recipient has finished three of them, two by HELLO and one by an ack before its first credit. */
    private Peer resumedAhead(Peer recipient, Peer sender, int stored) {
        sender.bind(1, "recipient");
        for (int seq = 1; seq <= stored; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        heart.turn();
        heart.crash();
        Peer back = heart.connect();
        List<Map<String, Object>> floors = List.of(floor(sender.epoch, 2));
        back.hello("recipient", "epoch", recipient.epoch, "resume", recipient.resume, "floors", floors);
        heart.turn();
        back.welcome();
        lane = (int) (long)
                (Long) Objects.requireNonNull(back.one(FrameType.LANE).json().get("lane"));
        back.ack(lane, sender.epoch, 3, 0);
        heart.advanceMs(200);
        back.credit(100);
        heart.advanceMs(200);
        return back;
    }

    private static Map<String, Object> floor(long epoch, long seq) {
        return Map.of("sender", "sender", "class", "message", "epoch", epoch, "seq", seq);
    }
}
