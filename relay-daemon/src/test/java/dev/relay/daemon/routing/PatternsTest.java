package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Requests, topics, express, and what can be asked about one message. */
class PatternsTest extends HeartTest {
    @Override
    BusConfig config() {
        return Heart.small(100, 6);
    }

    @Test
    void I36_shouldAckARequestWithItsReplyInOneCutAndRefuseASecondReply() {
        Dialogue dialogue = Dialogue.in(heart);
        Got request = dialogue.ask(1);
        assertThat(request.has(Flags.REQUEST)).isTrue();
        int commits = heart.store.commits;
        dialogue.reply(request, 1);
        heart.turn();
        assertThat(heart.store.commits).isEqualTo(commits + 1);
        assertThat(dialogue.asker().one(FrameType.DELIVER).has(Flags.REPLY)).isTrue();
        dialogue.reply(request, 2);
        assertThat(dialogue.responder().one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.NO_PENDING_REQUEST.number());
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
    }

    @Test
    void I36_shouldTellAResponderThatTheAskerWasReplaced() {
        Dialogue dialogue = Dialogue.in(heart);
        Got request = dialogue.ask(1);
        dialogue.asker().die();
        heart.join("asker");
        dialogue.reply(request, 1);
        assertThat(dialogue.responder().one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.REQUESTER_GONE.number());
    }

    /** A crash may forget the new process, and its predecessor come back with what it has seen: a number that it knows must not be used for another reply. */
    @Test
    void I36_R1_shouldNotRefuseAReplyForAReplacementThatIsNotDurable() {
        Dialogue dialogue = Dialogue.in(heart);
        Got request = dialogue.ask(1);
        dialogue.asker().die();
        heart.store.isHolding = true;
        heart.connect().hello("asker");
        heart.turn();
        dialogue.reply(request, 1);
        assertThat(dialogue.responder().take(FrameType.REFUSED)).isEmpty();
    }

    private Peer subscriber(String name, String pattern, boolean durable) {
        Peer peer = heart.join(name);
        peer.control("subscribe", "topic", pattern, "durable", durable);
        peer.credit(100);
        return peer;
    }

    @Test
    void I37_shouldDeliverOverlappingInterestsOnceAndTellHowManyMatched() {
        Peer one = subscriber("one", "px.*", true);
        one.control("subscribe", "topic", "px.btc", "durable", true);
        Peer two = subscriber("two", "px.>", false);
        Peer publisher = heart.join("publisher");
        publisher.bindTopics(1);
        publisher.publish(1, 1, 0, "px.btc", "p1");
        heart.turn();
        assertThat(one.deliveries()).hasSize(1);
        assertThat(two.deliveries()).hasSize(1);
        Got matched = publisher.one(FrameType.MATCHED);
        assertThat(Frames.matchedDurable(matched.b(), 0)).isEqualTo(2);
        assertThat(Frames.matchedLive(matched.b(), 0)).isEqualTo(1);
    }

    @Test
    void I37_shouldRefuseAPublicationForAllWhenOneDurableSubscriberIsFull() {
        Peer one = subscriber("one", "px.*", true);
        Peer full = heart.join("full");
        full.control("subscribe", "topic", "px.*", "durable", true);
        full.die();
        Peer publisher = heart.join("publisher");
        publisher.bindTopics(1);
        for (int seq = 1; seq <= 7; seq++) {
            publisher.publish(1, seq, 0, "px.btc", "p" + seq);
            one.deliveries().forEach(one::ack);
        }
        heart.turn();
        assertThat(publisher.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.MAILBOX_FULL.number());
        assertThat(one.deliveries()).isEmpty();
        Peer back = heart.join("full");
        back.credit(100);
        List<Got> all = back.deliveries();
        assertThat(all).hasSize(6);
        back.ack(all.get(5));
        publisher.publish(1, 7, 0, "px.btc", "p7");
        heart.turn();
        assertThat(one.deliveries()).hasSize(1);
        assertThat(back.deliveries()).hasSize(1);
    }

    @Test
    void I37_shouldStoreAFanOutForAllDurableSubscribersOrForNone() {
        subscriber("one", "px.*", true).die();
        subscriber("two", "px.*", true).die();
        Peer publisher = heart.join("publisher");
        publisher.bindTopics(1);
        publisher.publish(1, 1, 0, "px.btc", "kept");
        heart.turn();
        heart.store.isHolding = true;
        publisher.publish(1, 2, 0, "px.btc", "lost");
        heart.bus.endOfBatch();
        heart.crash();
        for (String name : List.of("one", "two")) {
            Peer back = heart.join(name);
            back.credit(10);
            assertThat(back.deliveries()).extracting(Got::payload).containsExactly("kept");
        }
    }

    @Test
    void I37_shouldDeliverEverythingAcceptedAfterTheOkOfASubscription() {
        Peer publisher = heart.join("publisher");
        publisher.bindTopics(1);
        publisher.publish(1, 1, 0, "px.btc", "before");
        heart.turn();
        subscriber("one", "px.*", true).die();
        publisher.publish(1, 2, 0, "px.btc", "after");
        heart.turn();
        heart.crash();
        Peer back = heart.join("one");
        back.credit(10);
        assertThat(back.deliveries()).extracting(Got::payload).containsExactly("after");
    }

    @Test
    void shouldRefuseExpressToAnAbsentAgentAndAnnounceTheGap() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "agent", "recipient", "express");
        recipient.credit(10);
        sender.send(1, 1, 0, "e1");
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_LIVE);
        recipient.die();
        sender.send(1, 2, 0, "e2");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.RECIPIENT_OFFLINE.number());
        Peer back = heart.join("recipient");
        back.credit(10);
        sender.send(1, 2, 0, "e2");
        sender.send(1, 4, 0, "e4");
        assertThat(back.stream()).containsExactly("2", "skip 3", "4");
        assertThat(heart.counter(Counter.EXPRESS_GAPS)).isEqualTo(1);
        heart.advanceMs(100);
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    /** Its sender takes everything behind a refusal for refused, so nothing of it may be delivered. */
    @Test
    void I2_shouldRefuseExpressThatWasPipelinedBehindARefusal() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "agent", "recipient", "express");
        sender.send(1, 1, 0, "e1");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.QUEUE_FULL.number());
        recipient.credit(10);
        sender.send(1, 2, 0, "e2");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.PRECEDING_REFUSED.number());
        sender.send(1, 1, 0, "e3");
        assertThat(recipient.stream()).containsExactly("1");
    }

    private static Object state(Peer sender, long seq, String id) {
        return java.util.Objects.requireNonNull(
                sender.control("message.fate", "target", "recipient", "epoch", sender.epoch, "seq", seq, "id", id)
                        .get("state"));
    }

    @Test
    void shouldTellTheFateOfAMessageByItsPlaceAndVerifyItsId() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        sender.send(1, 1, 0, "m1");
        heart.turn();
        Got delivered = deliverOne(recipient);
        String id =
                new UUID(Peer.idMsb(delivered), dev.relay.protocol.MessageHeader.idLsb(delivered.b(), 0)).toString();
        assertThat(state(sender, 1, id)).isEqualTo("stored");
        assertThat(state(sender, 1, UUID.randomUUID().toString())).isEqualTo("not_recorded");
        assertThat(state(sender, 2, id)).isEqualTo("not_recorded");
        recipient.ack(delivered);
        heart.turn();
        assertThat(state(sender, 1, id)).isEqualTo("acked");
        sender.send(1, 2, 0, "m2");
        heart.turn();
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        heart.turn();
        assertThat(state(sender, 2, "")).isEqualTo("dead");
        Map<String, ?> trace = sender.control("message.trace", "id", id);
        assertThat(String.valueOf(trace)).contains("accepted", "stored", "delivered", "acked");
        assertThat(sender.control("message.trace", "id", "x")).containsEntry("code", ErrorCode.BAD_REQUEST.name());
    }

    private static Got deliverOne(Peer recipient) {
        recipient.credit(10);
        return recipient.one(FrameType.DELIVER);
    }
}
