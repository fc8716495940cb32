package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.Wire.Frame;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.HeaderBlock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A daemon that stops, a name that is taken, an outbox that is full. */
class StoppingDaemonTest {
    private final Wire wire = new Wire();

    @Test
    void shouldHoldWhatAStoppingDaemonRefusesUntilTheReconnect() {
        wire.open(false);
        Outgoing first = wire.send("bob", "m1");
        Outgoing second = wire.send("bob", "m2");
        wire.pump();
        wire.refused(1, ErrorCode.SHUTTING_DOWN, first);
        wire.refused(1, ErrorCode.PRECEDING_REFUSED, second);
        wire.send("bob", "m3");
        assertThat(wire.pump("SEND")).isEmpty();
        wire.session.disconnected();
        wire.open(true);
        List<Frame> sends = wire.pump("SEND");
        assertThat(sends).map(Frame::seq).containsExactly(1L, 2L, 3L);
        assertThat(sends).map(f -> f.flags() & Flags.RESENT).containsExactly(0, 0, 0);
        wire.sent(1, 3);
        assertThat(wire.events).containsExactly("sent m1", "sent m2", "sent m3");
    }

    @Test
    void shouldWriteItAgainAfterAMomentWhenTheDaemonStays() {
        wire.open(false);
        Outgoing first = wire.send("bob", "m1");
        wire.pump();
        wire.refused(1, ErrorCode.SHUTTING_DOWN, first);
        assertThat(wire.pump("SEND")).isEmpty();
        wire.nowNs += 250_000_000L;
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("m1");
    }

    @Test
    void shouldKeepTheFlagOfWhatAnEarlierDaemonMayHaveAccepted() {
        wire.open(false);
        Outgoing first = wire.send("bob", "m1");
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        wire.pump();
        wire.refused(1, ErrorCode.SHUTTING_DOWN, first);
        wire.nowNs += 250_000_000L;
        assertThat(wire.pump("SEND")).map(f -> f.flags() & Flags.RESENT).containsExactly(Flags.RESENT);
    }

    @Test
    void R7_shouldNotAckAheadOfAHandlersSendThatIsHeld() {
        wire.open(false);
        wire.lane(1, "eve", "message", 0, 0);
        Outgoing first = wire.send("bob", "m1");
        wire.pump();
        wire.refused(1, ErrorCode.SHUTTING_DOWN, first);
        wire.deliver(1, 1);
        Inbound message = Objects.requireNonNull(wire.session.startNext());
        wire.send("bob", "from the handler");
        wire.session.returned(message, true);
        assertThat(wire.pump("ACK")).isEmpty();
        wire.nowNs += 250_000_000L;
        assertThat(wire.pump().stream()
                        .filter(f -> f.type() == FrameType.SEND || f.type() == FrameType.ACK)
                        .map(Frame::type))
                .containsExactly(FrameType.SEND, FrameType.SEND, FrameType.ACK);
    }

    @Test
    void I26_shouldAnswerARequestWithAFullOutbox() {
        Wire full = new Wire(new SessionConfig("default", "me", 1, 1 << 20, 1, 16, 1 << 20, "test", 0, null));
        full.open(false);
        full.lane(1, "bob", "message", 0, 0);
        full.send("eve", "fills the outbox");
        assertThat(full.session.submit(Draft.of(StreamKey.agent("eve"), "k", Wire.utf8("no room"))))
                .isNull();
        full.deliver(1, Wire.EPOCH, 1, Flags.REQUEST, 1, HeaderBlock.EMPTY, "question");
        Inbound request = Objects.requireNonNull(full.session.startNext());
        assertThat(full.session.respond(request, Draft.of(StreamKey.reply("bob"), "", Wire.utf8("answer"))))
                .isNotNull();
        full.session.returned(request, true);
        assertThat(full.pump("SEND")).map(Frame::payload).containsExactly("fills the outbox", "answer");
    }

    private boolean nameInUse(boolean suspect) {
        wire.session.connected();
        wire.pump();
        wire.control(
                FrameType.ERROR,
                Map.of("code", "NAME_IN_USE", "number", 11, "message", "in use", "fatal", true, "suspect", suspect));
        boolean isOver = wire.session.state() == ClientSession.State.CLOSED;
        wire.session.disconnected();
        return isOver;
    }

    @Test
    void D17_shouldGiveUpANameThatALiveProcessHas() {
        assertThat(nameInUse(false)).isFalse();
        wire.nowNs += 600_000_000L;
        assertThat(nameInUse(false)).isTrue();
        assertThat(wire.events).containsExactly("error NAME_IN_USE false", "error NAME_IN_USE true");
    }

    @Test
    void I19_shouldAskForFiveSecondsWhileThePredecessorIsSilentAndThenTakeOver() {
        assertThat(nameInUse(true)).isFalse();
        wire.nowNs += 4_000_000_000L;
        wire.session.connected();
        assertThat(wire.pump("HELLO").get(0).json()).containsEntry("takeover", true);
        wire.session.disconnected();
        assertThat(nameInUse(true)).isFalse();
        wire.nowNs += 1_500_000_000L;
        assertThat(nameInUse(true)).isTrue();
    }

    @Test
    void D17_shouldNotContestAfterItWasAdmittedOnce() {
        wire.open(false);
        wire.session.disconnected();
        assertThat(nameInUse(false)).isTrue();
    }
}
