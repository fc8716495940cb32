package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A request and its reply wait for each other (rule R7c): who may be told safe without a commit, and who may not. */
class CircleTest extends HeartTest {
    private Peer asker;
    private Peer responder;

    @BeforeEach
    void openSessions() {
        asker = heart.join("asker");
        responder = heart.join("responder");
        heart.join("sink").die();
        asker.credit(10);
        responder.credit(10);
        asker.bind(1, "responder");
        asker.bind(2, "sink");
        responder.bind(1, "agent", "asker", "reply");
        responder.bind(2, "sink");
        heart.turn();
        asker.take(FrameType.SENT);
        heart.store.isHolding = true;
    }

    private Got ask(int seq, int flags) {
        asker.send(1, seq, Flags.REQUEST | flags, "question");
        heart.bus.endOfBatch();
        return responder.one(FrameType.DELIVER);
    }

    private Got reply(Got request, int seq) {
        responder.reply(1, request, seq, 0);
        heart.bus.endOfBatch();
        return asker.one(FrameType.DELIVER);
    }

    private void ack(Got reply) {
        asker.ack(reply);
        heart.bus.endOfBatch();
    }

    @Test
    void R7_shouldCallRequestAndReplySafeTogetherOnceBothAreAcked() {
        Got reply = reply(ask(1, 0), 1);
        assertThat(asker.take(FrameType.SENT)).as("the reply may be lost yet").isEmpty();
        ack(reply);
        assertThat(asker.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
        assertThat(responder.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isEqualTo(1);
        ack(reply(ask(2, 0), 2));
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).as("again and again").isEqualTo(2);
    }

    /** Ahead of its next request, a moment later, the asker acks the reply to the last. */
    @Test
    void shouldCommitNothingWhileTheAckOfAReplyIsStillLikely() {
        ack(reply(ask(1, 0), 1));
        commit();
        heart.store.isHolding = true;
        Got reply = reply(ask(2, 0), 2);
        passMs(1);
        assertThat(heart.store.isHeld()).isFalse();
        ack(reply);
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isEqualTo(2);
        Got unacked = reply(ask(3, 0), 3);
        passMs(6);
        assertThat(heart.store.isHeld()).as("no longer than 5 ms: " + unacked).isTrue();
    }

    private void passMs(long ms) {
        heart.clock.advanceMs(ms);
        heart.bus.onTimer();
        heart.bus.endOfBatch();
    }

    @Test
    void R7_shouldWaitForWhatTheResponderSentBeforeItsReply() {
        Got request = ask(1, 0);
        responder.send(2, 1, 0, "effect");
        ack(reply(request, 1));
        assertThat(asker.take(FrameType.SENT)).isEmpty();
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isZero();
        commit();
        assertThat(asker.take(FrameType.SENT)).isNotEmpty();
    }

    @Test
    void R7_shouldWaitForWhatTheAskerSentBeforeItAckedTheReply() {
        Got reply = reply(ask(1, 0), 1);
        asker.send(2, 1, 0, "effect of something");
        ack(reply);
        assertThat(responder.take(FrameType.SENT)).isEmpty();
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isZero();
        commit();
        assertThat(responder.take(FrameType.SENT)).isNotEmpty();
    }

    @Test
    void R7_shouldNotEndTheCircleOfARequestThatAskedForTheDisk() {
        ack(reply(ask(1, Flags.REQUIRE_DISK), 1));
        assertThat(asker.take(FrameType.SENT)).isEmpty();
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isZero();
        commit();
        assertThat(asker.one(FrameType.SENT).by()).isEqualTo(Frames.BY_DISK);
    }

    @Test
    void R7_shouldLetAReplyThatWasSentAfterwardsWaitForItself() {
        Got first = ask(1, 0);
        Got reply = reply(first, 1);
        responder.send(2, 1, 0, "later effect, of nothing that was asked");
        ack(reply);
        assertThat(heart.counter(Counter.CIRCLES_ENDED)).isEqualTo(1);
        assertThat(asker.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
    }

    @Test
    void R7_shouldCallAMessageToOneselfSafeOnceItIsAcked() {
        asker.bind(3, "asker");
        asker.send(3, 1, 0, "note");
        heart.bus.endOfBatch();
        ack(asker.one(FrameType.DELIVER));
        assertThat(asker.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
    }

    /** What was told safe by a circle is in no commit; after a crash the sender's word and the recipients' floors stand for it. */
    @Test
    void R7_shouldKeepBothAcceptedOverACrashAfterACircle() {
        Got reply = reply(ask(1, 0), 1);
        ack(reply);
        heart.crash();
        Peer back = heart.connect();
        back.hello("responder", "epoch", responder.epoch, "resume", responder.resume);
        heart.turn();
        back.welcome();
        back.bind(1, "agent", "asker", "reply", "resolved_to", 1L);
        back.credit(10);
        Peer again = heart.connect();
        again.hello("asker", "epoch", asker.epoch, "resume", asker.resume);
        heart.turn();
        again.welcome();
        again.bind(1, "agent", "responder", "message", "resolved_to", 1L);
        again.credit(10);
        assertThat(back.deliveries()).isEmpty();
        assertThat(again.deliveries()).isEmpty();
        again.send(1, 2, Flags.REQUEST, "next question");
        heart.turn();
        assertThat(back.one(FrameType.DELIVER).seq()).isEqualTo(2);
    }

    @Test
    void shouldKeepReceiptsThatNobodyWaitsForUntilTheNextOutputOrAMillisecond() {
        responder.hasOutput = false;
        asker.hasOutput = false;
        ack(reply(ask(1, 0), 1));
        assertThat(asker.take(FrameType.SENT)).isEmpty();
        assertThat(responder.take(FrameType.SENT)).isEmpty();
        responder.hasOutput = true;
        heart.bus.endOfBatch();
        assertThat(responder.take(FrameType.SENT)).hasSize(1);
        assertThat(asker.take(FrameType.SENT)).isEmpty();
        heart.clock.advanceMs(1);
        heart.bus.onTimer();
        heart.bus.endOfBatch();
        assertThat(asker.take(FrameType.SENT)).hasSize(1);
    }

    @Test
    void shouldKeepTheResultOfAnAckedRequestUntilTheNextOutputAndNoLongerThanItsSession() {
        asker.hasOutput = false;
        ack(reply(ask(1, Flags.WANT_RESULT), 1));
        assertThat(asker.take(FrameType.RESULT)).isEmpty();
        asker.hasOutput = true;
        heart.bus.endOfBatch();
        assertThat(asker.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
        asker.hasOutput = false;
        ack(reply(ask(2, Flags.WANT_RESULT), 2));
        asker.die();
        heart.clock.advanceMs(1);
        heart.bus.onTimer();
        heart.bus.endOfBatch();
        assertThat(asker.take(FrameType.RESULT)).isEmpty();
    }

    private void commit() {
        heart.store.isHolding = false;
        heart.store.release();
        heart.turn();
        heart.advanceMs(100);
    }
}
