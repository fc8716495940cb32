package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.Wire.Frame;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lanes of the inbox: order, acks, failures, connections that come and go. */
class InboundLaneTest {
    private static final byte[] NO_TEXT = {};
    private final Wire wire = new Wire();

    @BeforeEach
    void open() {
        wire.open(false);
        wire.lane(1, "bob", "message", 0, 0);
        wire.pump();
    }

    @Test
    void shouldRunOneHandlerPerLaneInOrderAndLanesInParallel() {
        wire.lane(2, "eve", "message", 0, 0);
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.deliver(2, 1);
        Inbound bob = wire.start();
        Inbound eve = wire.start();
        assertThat(List.of(bob.sender(), eve.sender())).containsExactly("bob", "eve");
        assertThat(wire.session.startNext()).isNull();
        wire.session.returned(bob, true);
        assertThat(wire.start().seq()).isEqualTo(2);
    }

    @Test
    void shouldCoalesceAcksIntoOneCumulativeFrame() {
        for (int seq = 1; seq <= 5; seq++) {
            wire.deliver(1, seq);
        }
        assertThat(wire.startAll()).containsExactly(1L, 2L, 3L, 4L, 5L);
        List<Frame> acks = wire.pump("ACK");
        assertThat(acks).map(Frame::seq).containsExactly(5L);
        assertThat(wire.pump()).isEmpty();
    }

    @Test
    void D4_shouldNotAckWhatAHandlerStillRuns() {
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        Inbound one = wire.start();
        assertThat(wire.pump("ACK")).isEmpty();
        wire.session.returned(one, true);
        Inbound two = wire.start();
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(1L);
        wire.session.disconnected();
        wire.open(true);
        wire.lane(7, "bob", "message", 0, 1);
        assertThat(wire.pump("ACK"))
                .map(Frame::seq)
                .as("the second one still runs")
                .doesNotContain(2L);
        wire.session.returned(two, true);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
    }

    @Test
    void shouldAckLaterPositionsByBitsWhileOneIsOpenByHand() {
        wire.deliver(1, 1);
        wire.startAll();
        wire.deliver(1, 2);
        wire.deliver(1, 3);
        Inbound two = wire.start();
        wire.session.returned(two, false);
        Inbound three = wire.start();
        wire.session.returned(three, true);
        Frame ack = wire.pump("ACK").get(0);
        assertThat(ack.seq()).isEqualTo(1);
        assertThat(Frames.ackBits(ack.b(), 0)).isEqualTo(0b10);
        wire.session.ack(two);
        assertThat(wire.pump("ACK").get(0).seq()).isEqualTo(3);
    }

    @Test
    void shouldGoOnUnderAnotherHandleAfterTheDaemonTookTheFirstBack() {
        wire.deliver(1, 1);
        assertThat(wire.startAll()).containsExactly(1L);
        wire.pump();
        wire.laneInsteadOf(List.of(1L, 99L), 2, "eve");
        wire.lane(3, "bob", "message", 0, 0);
        wire.deliver(3, 1);
        wire.deliver(3, 2);
        assertThat(wire.startAll()).containsExactly(2L);
    }

    /** Rule R7: what a handler sent is written before its ack. */
    @Test
    void shouldHoldAnAckUntilWhatItsHandlerSentIsWritten() {
        wire.deliver(1, 1);
        Inbound one = wire.start();
        for (int i = 0; i < 5; i++) {
            wire.send("eve", "m" + i);
        }
        wire.session.returned(one, true);
        assertThat(wire.pump())
                .map(Frame::toString)
                .as("window of 4")
                .doesNotContain("ACK 1")
                .contains("SEND 4");
        wire.sent(1, 1);
        assertThat(wire.pump()).map(Frame::toString).containsExactly("SEND 5", "ACK 1");
    }

    /** Rules R4 and R5. */
    @Test
    void shouldNotRunAgainWhatRunsOrIsFinishedWhenItComesOnANewConnection() {
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.deliver(1, 3);
        wire.session.returned(wire.start(), true);
        Inbound two = wire.start();
        wire.session.disconnected();
        wire.open(true);
        wire.lane(7, "bob", "message", 0, 0);
        for (int seq = 1; seq <= 3; seq++) {
            wire.deliver(7, Wire.EPOCH, seq, Flags.REDELIVERED, 1, HeaderBlock.EMPTY, "d");
        }
        assertThat(wire.session.startNext()).as("2 still runs").isNull();
        assertThat(wire.pump("ACK")).map(Frame::handle).containsExactly(7);
        wire.session.returned(two, true);
        assertThat(wire.startAll()).containsExactly(3L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(3L);
    }

    @Test
    void shouldTakeTheDaemonsFloorWhenItIsAheadAndAckWhenItIsBehind() {
        wire.deliver(1, 1);
        wire.startAll();
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        wire.lane(4, "bob", "message", 0, 0);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(1L);
        wire.lane(4, "bob", "message", Wire.EPOCH, 8);
        wire.deliver(4, 8);
        wire.deliver(4, 9);
        assertThat(wire.startAll()).containsExactly(9L);
    }

    /** Invariant I11: 1,2,3,3,4, never 3,4,3. */
    @Test
    void shouldDropEverythingAboveAFailureUntilItComesAgain() {
        for (int seq = 1; seq <= 4; seq++) {
            wire.deliver(1, seq);
        }
        wire.session.returned(wire.start(), true);
        Inbound two = wire.start();
        wire.session.failed(two, Frames.NACK_ERROR, 0, Wire.utf8("boom"));
        assertThat(wire.session.startNext()).isNull();
        List<Frame> frames = wire.pump();
        assertThat(frames).map(Frame::toString).containsExactly("NACK 2", "ACK 1");
        wire.deliver(1, 5);
        assertThat(wire.session.startNext()).isNull();
        wire.deliver(1, Wire.EPOCH, 2, Flags.REDELIVERED, 2, HeaderBlock.EMPTY, "again");
        wire.deliver(1, 3);
        wire.deliver(1, 4);
        Inbound again = wire.start();
        assertThat(again.attempt()).isEqualTo(2);
        wire.session.returned(again, true);
        assertThat(wire.startAll()).containsExactly(3L, 4L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(4L);
    }

    /** Invariant I13. */
    @Test
    void shouldGoOnBehindASkippedFailureAndAckTheSkip() {
        wire.deliver(1, 1);
        wire.session.failed(wire.start(), Frames.NACK_REFUSED, 0, NO_TEXT);
        wire.pump();
        wire.skip(1, 1, 1);
        wire.deliver(1, 2);
        assertThat(wire.startAll()).containsExactly(2L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
        wire.skip(1, 3, 6);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(6L);
    }

    @Test
    void shouldRunOlderEpochBeforeNewerAndRaiseTheFloorAcrossThem() {
        long newer = Wire.EPOCH + 1;
        wire.deliver(1, 7);
        wire.deliver(1, newer, 1, 0, 1, HeaderBlock.EMPTY, "n");
        assertThat(wire.startAll()).containsExactly(7L, 1L);
        Frame ack = wire.pump("ACK").get(0);
        assertThat(Frames.epoch(ack.b(), 0)).isEqualTo(newer);
        assertThat(ack.seq()).isEqualTo(1);
    }

    /** What waits below a SKIP is dropped with the connection; the floor does not pass it. */
    @Test
    void I1_shouldNotAckWhatWasDroppedBelowASkip() {
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.skip(1, 3, 3);
        wire.session.disconnected();
        wire.open(true);
        wire.lane(1, "bob", "message", 0, 0);
        assertThat(wire.pump("ACK")).allSatisfy(ack -> assertThat(ack.seq()).isZero());
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        assertThat(wire.startAll()).containsExactly(1L, 2L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(3L);
    }

    @Test
    void I11_shouldNotAckWhatWasDroppedByARewind() {
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.skip(1, 3, 3);
        wire.session.failed(wire.start(), Frames.NACK_ERROR, 0, NO_TEXT);
        wire.pump();
        wire.deliver(1, 1);
        assertThat(wire.startAll()).containsExactly(1L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(1L);
    }

    /** A live publication that failed does not come again on another connection. */
    @Test
    void shouldNotWaitForAFailedMessageThatIsGone() {
        wire.lane(2, "bob", "topic", 0, 0);
        wire.deliver(2, 1);
        wire.session.failed(wire.start(), Frames.NACK_ERROR, 0, NO_TEXT);
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        wire.lane(2, "bob", "topic", 0, 0);
        wire.deliver(2, 3);
        assertThat(wire.start().seq()).isEqualTo(3);
    }

    @Test
    void I11_shouldNotHoldALaneForAFailureBetweenTwoConnections() {
        wire.deliver(1, 1);
        Inbound failing = wire.start();
        wire.session.disconnected();
        wire.session.failed(failing, Frames.NACK_ERROR, 0, NO_TEXT);
        wire.open(true);
        wire.lane(2, "bob", "message", 0, 0);
        wire.deliver(2, 4);
        assertThat(wire.pump("NACK")).isEmpty();
        assertThat(wire.start().seq()).isEqualTo(4);
    }

    /** The daemon has the word of an earlier ack, and the handler that runs is late. */
    @Test
    void R4_shouldKeepWhatComesAfterAFloorThatPassedARunningHandler() {
        wire.deliver(1, 1);
        Inbound late = wire.start();
        wire.session.disconnected();
        wire.open(true);
        wire.lane(1, "bob", "message", Wire.EPOCH, 1);
        wire.deliver(1, 2);
        wire.session.failed(late, Frames.NACK_ERROR, 0, NO_TEXT);
        assertThat(wire.startAll()).containsExactly(2L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
    }

    /** A publication that was not for this agent, re-sent after a crash of the daemon, finds a subscription that is younger than it. */
    @Test
    void I11_shouldNotStartAPublicationBehindOneThatIsStarted() {
        wire.lane(2, "bob", "topic", 0, 0);
        wire.deliver(2, 4);
        Inbound started = wire.start();
        wire.session.disconnected();
        wire.open(true);
        wire.lane(2, "bob", "topic", 0, 0);
        wire.deliver(2, 3);
        wire.deliver(2, 4);
        assertThat(wire.session.startNext()).isNull();
        wire.session.returned(started, true);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(4L);
    }

    @Test
    void shouldNotHoldAnExpressLaneWhenAHandlerFails() {
        wire.lane(2, "bob", "express", 0, 0);
        wire.deliver(2, 1);
        wire.deliver(2, 2);
        wire.session.failed(wire.start(), Frames.NACK_ERROR, 0, NO_TEXT);
        assertThat(wire.pump("NACK")).isEmpty();
        assertThat(wire.start().seq()).isEqualTo(2);
    }
}
