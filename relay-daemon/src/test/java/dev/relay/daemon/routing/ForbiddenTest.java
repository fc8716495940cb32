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

/** Access lists that changed while the daemon was down, and what is sent again over it: its number is kept (R2), it is handled once or never, and its sender hears how it ended. */
class ForbiddenTest extends HeartTest {
    private static Access rules(String sends, String publishes) {
        return new Access(1_000, AccessRules.parse(sends, publishes, "ops*"), Tokens.none());
    }

    private static byte[] topic(String name) {
        return new HeaderBlock.Builder().put(HeaderKey.TOPIC, name).build();
    }

    private Peer sender() {
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
}
