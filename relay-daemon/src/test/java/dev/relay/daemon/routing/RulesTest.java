package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rules R2 to R9 on the real heart, one step at a time. */
class RulesTest extends HeartTest {
    @Test
    void R2_shouldAcceptOnlyTheSuccessorOfTheMarkAndLeaveTheMarkAtARefusal() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.send(1, 2, 0, "too early");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.PRECEDING_REFUSED.number());
        sender.send(1, 1, 0, "one");
        sender.send(1, 1, 0, "one again");
        sender.send(1, 2, 0, "two");
        heart.turn();
        assertThat(recipient.deliveries()).extracting(Got::payload).containsExactly("one", "two");
        assertThat(heart.counter(Counter.DUPLICATES)).isEqualTo(1);
    }

    @Test
    void I7_shouldKnowADuplicateOfAnyAge() {
        Peer recipient = recipient();
        recipient.credit(1_000);
        Peer sender = sender();
        for (int seq = 1; seq <= 5_000; seq++) {
            sender.send(1, seq, 0, "m");
            if (seq % 500 == 0) {
                recipient.ack(recipient.deliveries().get(499));
                heart.turn();
            }
        }
        sender.send(1, 1, Flags.RESENT | Flags.WANT_RESULT, "m");
        heart.advanceMs(100);
        assertThat(recipient.deliveries()).isEmpty();
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
    }

    @Test
    void R3_shouldRaiseTheMarkToWhatTheSenderHasResolved() {
        Peer recipient = recipient();
        Peer sender = sender();
        heart.store.isHolding = true;
        sender.send(1, 1, 0, "acked and never stored");
        recipient.ack(recipient.one(FrameType.DELIVER));
        heart.bus.endOfBatch();
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
        heart.crash();
        Peer again = sender.reconnect();
        again.bind(1, "recipient", "resolved_to", 1L);
        assertThat(again.one(FrameType.BOUND).json()).containsEntry("mark", 1L);
        again.send(1, 2, 0, "two");
        heart.turn();
        assertThat(again.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void R4_shouldRaiseItsFloorToThatOfARecipientThatIsAhead() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.send(1, 1, 0, "one");
        sender.send(1, 2, 0, "two");
        heart.turn();
        List<Got> delivered = recipient.deliveries();
        heart.store.isHolding = true;
        recipient.ack(delivered.get(1));
        heart.crash();
        Peer back = heart.connect();
        back.hello(
                "recipient",
                "epoch",
                recipient.epoch,
                "resume",
                recipient.resume,
                "floors",
                List.of(Map.of("sender", "sender", "class", "message", "epoch", sender.epoch, "seq", 2L)));
        heart.turn();
        back.credit(10);
        assertThat(back.deliveries()).isEmpty();
        assertThat(heart.counter(Counter.FLOORS_RAISED)).isEqualTo(1);
        heart.advanceMs(100);
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void R5_shouldConfirmAFloorOnlyOnceItIsDurable() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.send(1, 1, 0, "one");
        heart.turn();
        heart.store.isHolding = true;
        recipient.ack(recipient.one(FrameType.DELIVER));
        heart.advanceMs(100);
        assertThat(recipient.take(FrameType.ACK_OK)).isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(recipient.one(FrameType.ACK_OK).seq()).isEqualTo(1);
    }

    @Test
    void D15_shouldNotReplayWhatWasAcked() {
        Peer recipient = recipient();
        Peer sender = sender();
        for (int seq = 1; seq <= 20; seq++) {
            sender.send(1, seq, 0, "m");
        }
        heart.turn();
        recipient.ack(recipient.deliveries().get(9));
        heart.advanceMs(100);
        heart.crash();
        assertThat(recipient().seqs()).first().isEqualTo(11L);
    }

    /** The handler of one sends two and acks one: they are in one cut, or neither is told. */
    @Test
    void R7_shouldHoldOkByAckUntilWhatTheHandlerSentIsSafe() {
        Peer worker = heart.join("worker");
        worker.credit(10);
        heart.join("sink").die();
        Peer sender = heart.join("sender");
        sender.bind(1, "worker");
        worker.bind(1, "sink");
        heart.turn();
        heart.store.isHolding = true;
        sender.send(1, 1, Flags.WANT_RESULT, "job");
        heart.bus.endOfBatch();
        Got job = worker.one(FrameType.DELIVER);
        worker.send(1, 1, 0, "effect");
        worker.ack(job);
        heart.bus.endOfBatch();
        assertThat(sender.take(FrameType.SENT)).isEmpty();
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        heart.store.release();
        heart.turn();
        heart.advanceMs(50);
        assertThat(sender.take(FrameType.SENT)).hasSize(1);
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
    }

    /** It would take the lane's floor for its own and report it after a crash that has lost what the old process sent. */
    @Test
    void R7_shouldDeliverNothingToANewProcessBeforeWhatTheOldOneDidIsCommitted() {
        Peer old = heart.join("worker");
        old.credit(10);
        heart.join("sink").die();
        Peer sender = heart.join("sender");
        sender.bind(1, "worker");
        old.bind(1, "sink");
        heart.turn();
        heart.store.isHolding = true;
        sender.send(1, 1, 0, "job 1");
        sender.send(1, 2, 0, "job 2");
        heart.bus.endOfBatch();
        Got first = old.take(FrameType.DELIVER).get(0);
        old.send(1, 1, 0, "effect");
        old.ack(first);
        old.die();
        Peer young = heart.join("worker");
        young.credit(10);
        heart.bus.endOfBatch();
        assertThat(young.take(FrameType.DELIVER)).isEmpty();
        assertThat(young.take(FrameType.LANE)).isEmpty();
        heart.store.isHolding = false;
        heart.store.release();
        heart.turn();
        assertThat(young.stream()).containsExactly("2");
    }

    @Test
    void R7_shouldAckInTheSameStepAsASendThatConsumes() {
        Peer worker = heart.join("worker");
        worker.credit(10);
        heart.join("sink").die();
        Peer sender = heart.join("sender");
        sender.bind(1, "worker");
        worker.bind(1, "sink");
        sender.send(1, 1, 0, "job");
        heart.turn();
        Got job = worker.one(FrameType.DELIVER);
        int commits = heart.store.commits;
        ByteBuffer acks = ByteBuffer.allocate(HeaderKey.ACKS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        acks.putInt(job.lane()).putInt(0).putLong(job.epoch()).putLong(job.seq());
        worker.send(
                1,
                1,
                0,
                0,
                new HeaderBlock.Builder().put(HeaderKey.ACKS, acks.array()).build(),
                "effect");
        heart.turn();
        assertThat(heart.store.commits).isEqualTo(commits + 1);
        heart.crash();
        Peer back = heart.join("worker");
        back.credit(10);
        assertThat(back.deliveries()).as("consumed").isEmpty();
        Peer sink = heart.join("sink");
        sink.credit(10);
        assertThat(sink.deliveries()).extracting(Got::payload).containsExactly("effect");
    }

    @Test
    void R7_shouldNotCallAPublicationDoneBecauseItsFirstSubscriberIsAhead() {
        Peer one = heart.join("one");
        Peer two = heart.join("two");
        one.control("subscribe", "topic", "a.b", "durable", true);
        two.control("subscribe", "topic", "a.b", "durable", true);
        one.credit(10);
        Peer publisher = heart.join("publisher");
        publisher.bindTopics(1);
        heart.turn();
        heart.store.isHolding = true;
        publisher.publish(1, 1, 0, "a.b", "p1");
        one.ack(one.one(FrameType.DELIVER));
        heart.crash();
        Peer ahead = heart.connect();
        ahead.hello(
                "one",
                "epoch",
                one.epoch,
                "resume",
                one.resume,
                "floors",
                List.of(Map.of("sender", "publisher", "class", "topic", "epoch", publisher.epoch, "seq", 1L)));
        heart.turn();
        ahead.credit(10);
        Peer again = publisher.reconnect();
        again.bindTopics(1);
        heart.turn();
        heart.store.isHolding = true;
        again.publish(1, 1, Flags.RESENT, "a.b", "p1");
        heart.bus.endOfBatch();
        assertThat(again.take(FrameType.SENT)).isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(again.one(FrameType.SENT).by()).isEqualTo(Frames.BY_DISK);
    }

    @Test
    void R8_shouldRefuseNothingThatAFailedCommitCarried() {
        Peer recipient = recipient();
        Peer sender = sender();
        heart.turn();
        heart.store.failure = dev.relay.daemon.store.CommitOutcome.BUSY;
        sender.send(1, 1, 0, "kept");
        heart.turn();
        assertThat(sender.got).noneMatch(g -> g.type() == FrameType.REFUSED || g.type() == FrameType.SENT);
        assertThat(recipient.deliveries()).hasSize(1);
        heart.store.failure = null;
        heart.advanceMs(200);
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_DISK);
    }

    @Test
    void R9_shouldFlagEverythingThatMayHaveBeenDeliveredBefore() {
        Peer recipient = recipient();
        Peer sender = sender();
        sender.send(1, 1, 0, "fresh");
        sender.send(1, 2, Flags.RESENT, "resent");
        heart.turn();
        List<Got> delivered = recipient.deliveries();
        assertThat(delivered.get(0).has(Flags.REDELIVERED)).isFalse();
        assertThat(delivered.get(1).has(Flags.REDELIVERED)).isTrue();
        assertThat(delivered.get(1).has(Flags.RESENT)).isFalse();
        heart.crash();
        assertThat(recipient().deliveries()).hasSize(2).allMatch(d -> d.has(Flags.REDELIVERED));
    }

    @Test
    void D5_shouldReplayInOrderToARestartedAgentWhatItDidNotAck() {
        Peer recipient = recipient();
        Peer sender = sender();
        for (int seq = 1; seq <= 10; seq++) {
            sender.send(1, seq, 0, "m");
        }
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(10);
        recipient.die();
        Peer next = recipient();
        assertThat(next.take(FrameType.DELIVER).get(0).seq()).isEqualTo(1);
    }

    @Test
    void D7_shouldStoreWhatItReceiptedBeforeAnOrderlyEnd() {
        heart.join("recipient").die();
        Peer sender = sender();
        for (int seq = 1; seq <= 30; seq++) {
            sender.send(1, seq, 0, "m");
        }
        while (!heart.bus.shutdown()) {
            heart.store.complete();
        }
        assertThat(sender.take(FrameType.SENT)).last().extracting(Got::seq).isEqualTo(30L);
        sender.send(1, 31, 0, "late");
        heart.crash();
        assertThat(recipient().seqs()).hasSize(30);
    }

    @Test
    void D11_shouldResolveByTheAddresseesAckOnly() {
        Peer recipient = recipient();
        Peer sender = sender();
        Peer third = heart.join("third");
        third.credit(10);
        sender.send(1, 1, Flags.WANT_RESULT, "m");
        heart.turn();
        Got delivered = recipient.one(FrameType.DELIVER);
        third.say(b -> FrameWriter.ack(b, delivered.lane(), delivered.epoch(), 1, 0));
        heart.turn();
        assertThat(sender.take(FrameType.RESULT)).isEmpty();
        recipient.ack(delivered);
        heart.turn();
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
    }
}
