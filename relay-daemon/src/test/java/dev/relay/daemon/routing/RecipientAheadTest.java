package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
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
        Dialogue dialogue = Dialogue.in(heart);
        Peer asker = dialogue.asker();
        Peer responder = dialogue.responder();
        dialogue.reply(dialogue.ask(1), 1);
        asker.ack(asker.one(FrameType.DELIVER));
        heart.advanceMs(200);
        Got request = dialogue.ask(2);
        heart.store.isHolding = true;
        dialogue.reply(request, 2);
        assertThat(asker.one(FrameType.DELIVER).has(Flags.REPLY)).isTrue();
        heart.crash();
        returnsAndEnds(asker, Map.of("sender", "responder", "class", "reply", "epoch", responder.epoch, "seq", 2L));
        heart.join("asker");
        Peer back = responder.reconnect();
        back.bind(Dialogue.REPLIES, "agent", "asker", "reply", "resolved_to", 1L);
        back.reply(Dialogue.REPLIES, request, 2, Flags.RESENT);
        heart.turn();
        assertThat(back.take(FrameType.REFUSED)).isEmpty();
        assertThat(Frames.seq(back.one(FrameType.SENT).b(), 0)).isEqualTo(2);
    }

    /** The process of before is there again, says what it has finished, and ends. */
    private void returnsAndEnds(Peer asker, Map<String, Object> finished) {
        Peer same = heart.connect();
        same.hello("asker", "epoch", asker.epoch, "resume", asker.resume, "floors", List.of(finished));
        heart.turn();
        same.credit(10);
        heart.turn();
        same.die();
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
