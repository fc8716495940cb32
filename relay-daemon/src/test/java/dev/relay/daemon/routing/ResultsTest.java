package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a sender that asked for the outcome is told, also when the message has left the memory. */
class ResultsTest extends HeartTest {
    private static final int MEMORY = 4;
    private static final int LATER_SENDERS = 200;
    private static final int LATER_MESSAGES = 51;

    @Override
    BusConfig config() {
        return Heart.small(MEMORY, 100_000);
    }

    private Peer subscriber(String name) {
        Peer peer = heart.join(name);
        peer.control("subscribe", "topic", "px.*", "durable", true);
        return peer;
    }

    @Test
    void I35_shouldAnswerASpilledPublicationWhenItsLastSubscriberHasAcked() {
        Peer one = subscriber("one");
        Peer two = subscriber("two");
        Peer sender = heart.join("sender");
        sender.bindTopics(1);
        for (int seq = 1; seq <= MEMORY + 2; seq++) {
            sender.publish(1, seq, Flags.WANT_RESULT, "px.btc", "p" + seq);
        }
        heart.turn();
        assertThat(heart.counter(Counter.SPILLED)).isPositive();
        finishAll(one);
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        finishAll(two);
        assertThat(sender.take(FrameType.RESULT))
                .allMatch(r -> r.by() == Frames.ACKED)
                .extracting(Got::seq)
                .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L);
    }

    private void finishAll(Peer peer) {
        peer.credit(100);
        for (List<Got> batch = peer.deliveries(); !batch.isEmpty(); batch = peer.deliveries()) {
            batch.forEach(peer::ack);
            heart.turn();
            heart.advanceMs(100);
        }
    }

    /** A recipient that is ahead (R4) acks what was never read back: the store does not give it out any more, and no copy tells its RESULT. */
    @Test
    void I35_shouldAnswerASpilledMessageThatItsRecipientHasFinishedBefore() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        recipient.credit(1);
        heart.turn();
        heart.store.isHolding = true;
        for (int seq = 1; seq <= MEMORY + 2; seq++) {
            sender.send(1, seq, Flags.WANT_RESULT, "m" + seq);
        }
        heart.bus.endOfBatch();
        Got first = recipient.take(FrameType.DELIVER).get(0);
        recipient.ack(first.lane(), sender.epoch, MEMORY + 2, 0);
        recipient.die();
        heart.store.isHolding = false;
        heart.store.release();
        heart.turn();
        heart.advanceMs(200);
        heart.join("recipient").credit(10);
        heart.advanceMs(200);
        assertThat(sender.take(FrameType.RESULT))
                .extracting(Got::seq)
                .containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void I35_shouldNotCallASpilledMessageAckedWhenItsSenderAsksAgain() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        for (int seq = 1; seq <= MEMORY + 2; seq++) {
            sender.send(1, seq, Flags.WANT_RESULT, "m" + seq);
        }
        heart.turn();
        Peer again = sender.reconnect();
        again.bind(1, "recipient");
        again.send(1, MEMORY + 2, Flags.WANT_RESULT | Flags.RESENT, "m6");
        heart.turn();
        assertThat(again.take(FrameType.RESULT)).isEmpty();
        finishAll(recipient);
        assertThat(again.take(FrameType.RESULT)).anyMatch(r -> r.seq() == MEMORY + 2 && r.by() == Frames.ACKED);
    }

    @Test
    void I35_shouldAnswerASpilledPublicationAfterARestart() {
        subscriber("one");
        Peer sender = heart.join("sender");
        sender.bindTopics(1);
        for (int seq = 1; seq <= MEMORY + 2; seq++) {
            sender.publish(1, seq, Flags.WANT_RESULT, "px.btc", "p" + seq);
        }
        heart.turn();
        heart.crash();
        Peer again = sender.reconnect();
        again.bindTopics(1);
        again.publish(1, 6, Flags.WANT_RESULT | Flags.RESENT, "px.btc", "p6");
        heart.turn();
        assertThat(again.take(FrameType.RESULT)).isEmpty();
        finishAll(heart.join("one"));
        assertThat(again.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
    }

    @Test
    void I5_shouldTellTheReasonOfADeadLetterOfAnyAge() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        sender.send(1, 1, Flags.WANT_RESULT, "first to die");
        recipient.credit(1);
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_NO_HANDLER);
        heart.turn();
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.DEAD);
        for (int i = 0; i < LATER_SENDERS; i++) {
            Peer later = heart.join("later" + i);
            later.bind(1, "recipient");
            for (int seq = 1; seq <= LATER_MESSAGES; seq++) {
                later.send(1, seq, 0, "x");
            }
        }
        killAll(recipient);
        assertThat(heart.bus.snapshot().deadLetters()).isEqualTo(1 + LATER_SENDERS * LATER_MESSAGES);
        assertReason(sender.reconnect());
        heart.crash();
        assertReason(sender.reconnect());
    }

    private void killAll(Peer recipient) {
        int rounds = 0;
        do {
            if (++rounds > 200) {
                throw new AssertionError(heart.bus.snapshot().toString());
            }
            heart.turn();
            recipient.take(FrameType.SKIP).forEach(recipient::ack);
            recipient.deliveries().forEach(d -> recipient.nack(d, Frames.NACK_NO_HANDLER));
        } while (heart.bus.snapshot().deadLetters() < 1 + LATER_SENDERS * LATER_MESSAGES);
        heart.turn();
    }

    private void assertReason(Peer sender) {
        sender.bind(1, "recipient");
        sender.send(1, 1, Flags.WANT_RESULT | Flags.RESENT, "first to die");
        heart.turn();
        Got result = sender.one(FrameType.RESULT);
        assertThat(result.by()).isEqualTo(Frames.DEAD);
        assertThat(Frames.b7(result.b(), 0)).isEqualTo(DeadLetterReason.NO_HANDLER.number());
    }

    @Test
    void I17_shouldNeverUseANumberOfADeadLetterAgain() {
        Peer recipient = heart.join("recipient");
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        recipient.credit(1);
        long first = dieOnce(sender, recipient, 1);
        assertThat(sender.control("dlq.drop", "no", first)).containsEntry("ok", true);
        heart.crash();
        Peer again = sender.reconnect();
        again.bind(1, "recipient", "resolved_to", 1L);
        Peer back = heart.join("recipient");
        back.credit(1);
        back.take(FrameType.SKIP).forEach(back::ack);
        assertThat(dieOnce(again, back, 2)).isGreaterThan(first);
    }

    private long dieOnce(Peer sender, Peer recipient, long seq) {
        sender.send(1, seq, 0, "dies");
        heart.turn();
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_NO_HANDLER);
        heart.turn();
        List<?> listed = (List<?>)
                java.util.Objects.requireNonNull(sender.control("dlq.ls").get("dead_letters"));
        assertThat(listed).hasSize(1);
        return (Long) java.util.Objects.requireNonNull(((java.util.Map<?, ?>) listed.get(0)).get("no"));
    }
}
