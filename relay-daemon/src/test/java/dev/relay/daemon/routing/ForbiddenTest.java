package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Access lists that changed while the daemon was down. What is sent again over it keeps its number (R2), is handled once or never, and its sender hears how it ended; what died is put back by
 * operators only.
 */
class ForbiddenTest extends HeartTest {
    private static Access rules(String sends, String publishes) {
        return new Access(1_000, AccessRules.parse(sends, publishes, "ops*"), Tokens.none());
    }

    private static byte[] topic(String name) {
        return new HeaderBlock.Builder().put(HeaderKey.TOPIC, name).build();
    }

    @Override
    Peer sender() {
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        sender.bindTopics(2);
        return sender;
    }

    private Peer subscriber() {
        Peer recipient = heart.join("recipient");
        recipient.control("subscribe", "topic", "md.>", "durable", true);
        recipient.credit(100);
        return recipient;
    }

    /** The recipient has handled what the crash makes the daemon forget. */
    private Peer again(Peer sender, String changedSends, String changedPublishes) {
        heart.useAccess(rules(changedSends, changedPublishes));
        Peer back = sender.reconnect();
        back.bind(1, "recipient");
        back.bindTopics(2);
        return back;
    }

    private static void publish(Peer sender, long seq, int flags, String name) {
        sender.send(2, seq, flags, 0, topic(name), name + seq);
    }

    private List<?> dead() {
        Peer operator = heart.join("ops");
        Map<?, ?> reply = operator.control("dlq.ls", "reason", "FORBIDDEN");
        operator.die();
        return (List<?>) Objects.requireNonNull(reply.get("dead_letters"));
    }

    @Test
    void R2_shouldKeepTheNumberOfAForbiddenPublicationThatWasHandledBefore() {
        Peer recipient = subscriber();
        Peer sender = sender();
        heart.turn();
        heart.store.isHolding = true;
        publish(sender, 1, 0, "md.a");
        heart.turn();
        Got delivered = recipient.one(FrameType.DELIVER);
        sender = again(sender, "", "sender -> md.b");
        publish(sender, 1, Flags.RESENT, "md.a");
        publish(sender, 2, 0, "md.b");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        Peer back = backWithFloor(recipient, "topic", delivered);
        assertThat(back.stream()).containsExactly("2");
        assertThat(dead()).isEmpty();
    }

    /** As an SDK does: its floor in HELLO, and the ack once it may. */
    private Peer backWithFloor(Peer before, String laneClass, Got handled) {
        Peer back = heart.connect();
        back.hello(
                before.name,
                "epoch",
                before.epoch,
                "resume",
                before.resume,
                "floors",
                List.of(Map.of(
                        "sender", "sender", "class", laneClass, "epoch", handled.epoch(), "seq", handled.seq())));
        heart.turn();
        back.welcome();
        back.credit(100);
        return back;
    }

    @Test
    void R2_I5_shouldBuryAForbiddenPublicationThatNobodyHasHandled() {
        subscriber().die();
        Peer sender = sender();
        heart.turn();
        heart.store.isHolding = true;
        publish(sender, 1, Flags.WANT_RESULT, "md.a");
        heart.turn();
        sender = again(sender, "", "sender -> md.b");
        publish(sender, 1, Flags.RESENT | Flags.WANT_RESULT, "md.a");
        publish(sender, 2, 0, "md.b");
        heart.turn();
        heart.crash();
        heart.turn();
        Peer recipient = heart.join("recipient");
        recipient.credit(100);
        heart.advanceMs(200);
        assertThat(recipient.stream()).containsExactly("skip 1", "2");
        assertThat(dead()).hasSize(1);
    }

    @Test
    void R2_shouldTellTheSenderThatAForbiddenMessageDiedAndKeepItsNumber() {
        heart.join("recipient").die();
        Peer sender = sender();
        heart.turn();
        heart.store.isHolding = true;
        sender.send(1, 1, Flags.WANT_RESULT, "one");
        heart.turn();
        sender = again(sender, "sender -> nobody", "");
        sender.send(1, 1, Flags.RESENT | Flags.WANT_RESULT, "one");
        sender.send(1, 2, 0, "two");
        heart.turn();
        Got refused = sender.one(FrameType.REFUSED);
        assertThat(refused.code()).isEqualTo(ErrorCode.UNAUTHORIZED.number());
        Peer recipient = heart.join("recipient");
        recipient.credit(100);
        heart.advanceMs(200);
        assertThat(recipient.stream()).containsExactly("skip 1");
        Got result = sender.one(FrameType.RESULT);
        assertThat(Frames.b7(result.b(), 0)).isEqualTo(DeadLetterReason.FORBIDDEN.number());
    }

    @Test
    void I2_shouldAnswerAForbiddenRepeatOfWhatIsStoredAsARepeat() {
        heart.join("recipient").die();
        Peer sender = sender();
        sender.send(1, 1, 0, "one");
        heart.turn();
        sender = again(sender, "sender -> nobody", "");
        sender.send(1, 1, Flags.RESENT, "one");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        assertThat(sender.take(FrameType.SENT)).hasSize(1);
    }

    @Test
    void I46_shouldRefuseWhatIsCalledARepeatByAProcessThatNoEarlierLifeAdmitted() {
        heart.useAccess(rules("sender -> nobody", "sender -> md.b"));
        subscriber();
        Peer sender = sender();
        sender.send(1, 1, Flags.RESENT, "one");
        publish(sender, 1, Flags.RESENT, "md.a");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED))
                .allMatch(refused -> refused.code() == ErrorCode.UNAUTHORIZED.number())
                .hasSize(2);
    }

    @Test
    void I17_shouldLetOnlyOperatorsPutAForbiddenMessageBack() {
        R2_I5_shouldBuryAForbiddenPublicationThatNobodyHasHandled();
        Object no = ((Map<?, ?>) dead().get(0)).get("no");
        Map<String, ?> refused = heart.join("sender").control("dlq.redrive", "no", Objects.requireNonNull(no));
        assertThat(refused.get("code")).isEqualTo("UNAUTHORIZED");
        Map<String, ?> done = heart.join("ops").control("dlq.redrive", "no", no);
        assertThat(done.get("ok")).isEqualTo(true);
    }

    /** Its lane halts at dead letters. */
    private Peer careful() {
        heart.useAccess(rules("", ""));
        sender().die();
        Peer recipient = heart.join("recipient");
        assertThat(recipient.control("lane.policy", "sender", "sender", "on_dead_letter", "halt"))
                .containsEntry("ok", true);
        return recipient;
    }

    private Peer listening(String name, String event) {
        Peer peer = heart.connect();
        peer.hello(name, "events", List.of(event));
        heart.turn();
        peer.welcome();
        peer.bind(1, "recipient");
        return peer;
    }

    /** The handler refused the first of two messages; by now the lists do not let their sender send. */
    private Peer haltedAndForbiddenSince() {
        Peer recipient = careful();
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        sender.send(1, 1, 0, "one");
        sender.send(1, 2, 0, "two");
        recipient.credit(100);
        recipient.nack(recipient.deliveries().get(0), Frames.NACK_REFUSED);
        heart.turn();
        heart.useAccess(rules("sender -> nobody", ""));
        Peer back = listening("recipient", "lane_halted");
        back.credit(100);
        assertThat(back.one(FrameType.EVENT).json()).containsEntry("seq", 1L);
        return back;
    }

    @Test
    void I13_I17_shouldLetAMessageThatIsForbiddenByNowDieOfThatWhenItsRecipientResumesTheLane() {
        Peer recipient = haltedAndForbiddenSince();
        Peer sender = listening("sender", "dead_letter");
        assertThat(recipient.control("lane.resume", "sender", "sender")).containsEntry("ok", true);
        assertThat(recipient.stream()).isEmpty();
        assertThat(recipient.one(FrameType.EVENT).json())
                .containsEntry("event", "lane_halted")
                .containsEntry("seq", 1L);
        assertThat(sender.one(FrameType.EVENT).json())
                .containsEntry("event", "dead_letter")
                .containsEntry("reason", "FORBIDDEN");
        assertThat(dead()).hasSize(1);
        assertThat(heart.bus.snapshot().deadLetters()).isEqualTo(1);
        assertThat(recipient.control("lane.skip", "sender", "sender")).containsEntry("ok", true);
        assertThat(recipient.stream()).containsExactly("skip 1", "2");
    }

    @Test
    void I17_shouldLetAnOperatorResumeALaneWithWhatIsForbiddenByNow() {
        Peer recipient = haltedAndForbiddenSince();
        assertThat(heart.join("ops").control("lane.resume", "recipient", "recipient", "sender", "sender"))
                .containsEntry("ok", true);
        assertThat(recipient.stream()).containsExactly("1", "2");
    }

    @Test
    void I17_shouldNotLetASenderPutBackWhatItMayNotSendByNow() {
        haltedAndForbiddenSince();
        Peer sender = heart.join("sender");
        List<?> letters =
                (List<?>) Objects.requireNonNull(sender.control("dlq.ls").get("dead_letters"));
        Object no = ((Map<?, ?>) letters.get(0)).get("no");
        assertThat(sender.control("dlq.redrive", "no", Objects.requireNonNull(no)))
                .containsEntry("code", "UNAUTHORIZED");
    }

    @Test
    void I17_shouldNotGiveToWhoResumesTheLaneWhatDiedAsForbidden() {
        careful().die();
        Peer sender = sender();
        heart.turn();
        heart.store.isHolding = true;
        sender.send(1, 1, 0, "one");
        heart.turn();
        sender = again(sender, "sender -> nobody", "");
        sender.send(1, 1, Flags.RESENT, "one");
        heart.turn();
        Peer recipient = listening("recipient", "lane_halted");
        recipient.credit(100);
        heart.advanceMs(200);
        Object first = ((Map<?, ?>) dead().get(0)).get("no");
        assertThat(recipient.control("lane.resume", "sender", "sender")).containsEntry("ok", true);
        assertThat(recipient.stream()).isEmpty();
        assertThat(dead()).hasSize(1);
        assertThat(((Map<?, ?>) dead().get(0)).get("no")).isNotEqualTo(first);
    }
}
