package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.Wire.Frame;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Uuid7;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The session core against a daemon that the test plays frame by frame, in virtual time. */
class ClientSessionTest {
    private final Wire wire = new Wire();

    @Test
    void shouldNeedItsConnectionUntilGoodbyeIsWritten() {
        wire.open(false);
        wire.session.close();
        assertThat(wire.control(FrameType.EVENT, Map.of("event", "presence"))).isTrue();
        assertThat(wire.pump("GOODBYE")).hasSize(1);
    }

    @Test
    void shouldBindTellTheKindAndNumberMessagesFromOne() {
        wire.send("bob", "a");
        wire.send("bob", "b");
        assertThat(wire.pump()).as("nothing before a connection").isEmpty();
        wire.open(false);
        List<Frame> frames = wire.pump();
        assertThat(frames).map(Frame::toString).containsExactly("BIND", "KIND", "SEND 1", "SEND 2");
        assertThat(frames.get(0).json()).containsEntry("target", "bob").containsEntry("resolved_to", 0L);
        assertThat(frames.get(2).flags() & Flags.RESENT).isZero();
    }

    @Test
    void shouldResolveACumulativeReceiptInOrder() {
        wire.open(false);
        wire.send("bob", "a");
        wire.send("bob", "b");
        wire.send("bob", "c");
        wire.pump();
        wire.sent(1, 2);
        assertThat(wire.events).containsExactly("sent a", "sent b");
        assertThat(wire.session.outboxMessages()).isEqualTo(1);
    }

    /** Rule R3. */
    @Test
    void shouldSendUnresolvedMessagesAgainInOrderBeforeNewOnes() {
        wire.open(false);
        wire.send("bob", "a");
        wire.send("eve", "b");
        wire.send("bob", "c");
        wire.pump();
        wire.sent(1, 1);
        wire.session.disconnected();
        wire.send("eve", "d");
        wire.open(true);
        List<Frame> sends = wire.pump("SEND");
        assertThat(sends).map(Frame::payload).containsExactly("b", "c", "d");
        assertThat(sends).map(f -> f.flags() & Flags.RESENT).containsExactly(Flags.RESENT, Flags.RESENT, 0);
        assertThat(sends).map(Frame::seq).containsExactly(1L, 2L, 2L);
    }

    @Test
    void shouldRepeatResumeTokenEpochAndFloorsInHello() {
        wire.open(false);
        wire.lane(1, "bob", "message", 0, 0);
        wire.deliver(1, 1);
        wire.startAll();
        wire.pump();
        wire.session.disconnected();
        wire.session.connected();
        Map<String, ?> hello = wire.pump().get(0).json();
        assertThat(hello.get("resume")).isEqualTo("aa");
        assertThat(hello.get("epoch")).isEqualTo(Wire.EPOCH);
        assertThat(hello.get("floors"))
                .isEqualTo(List.of(Map.of("sender", "bob", "class", "message", "epoch", Wire.EPOCH, "seq", 1L)));
    }

    @Test
    void I49_shouldKeepHelloBelowTheLimitHoweverManyLanesThereAre() {
        wire.open(false);
        for (int lane = 1; lane <= 1_000; lane++) {
            wire.groupLane(lane, "s".repeat(60) + String.format("%04d", lane), "g".repeat(64), lane % 64);
        }
        wire.session.disconnected();
        wire.session.connected();
        Frame hello = wire.pump().get(0);
        assertThat(hello.b().capacity()).isLessThan(Limits.MAX_CONTROL_BYTES);
        assertThat((List<?>) hello.json().get("floors")).hasSize(Limits.MAX_HELLO_FLOORS);
    }

    /** Rule R2. */
    @Test
    void shouldRefuseEverythingBehindARefusalAndUseItsNumberAgain() {
        wire.open(false);
        wire.send("bob", "a");
        Outgoing b = wire.send("bob", "b");
        Outgoing c = wire.send("bob", "c");
        wire.pump();
        wire.refused(1, ErrorCode.MAILBOX_FULL, b);
        assertThat(wire.events).containsExactly("refused b MAILBOX_FULL", "refused c PRECEDING_REFUSED");
        Outgoing d = wire.send("bob", "d");
        wire.send("bob", "e");
        assertThat(d.seq()).isEqualTo(2);
        wire.refused(1, ErrorCode.PRECEDING_REFUSED, c);
        assertThat(wire.events)
                .as("the late refusal names a number in use, not its id")
                .hasSize(2);
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("d", "e");
    }

    @Test
    void shouldHoldARefusedResendAndTryAgainInOrder() {
        wire.open(false);
        Outgoing a = wire.send("bob", "a");
        Outgoing b = wire.send("bob", "b");
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        wire.pump();
        wire.refused(1, ErrorCode.STORAGE_FULL, a);
        wire.refused(1, ErrorCode.PRECEDING_REFUSED, b);
        assertThat(wire.events)
                .as("it may have been accepted before: not refused")
                .isEmpty();
        assertThat(wire.pump("SEND")).isEmpty();
        wire.nowNs += 300_000_000L;
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("a", "b");
    }

    @Test
    void shouldStopAtTheWindowAndGoOnWithReceipts() {
        wire.open(false);
        for (int i = 1; i <= 6; i++) {
            wire.send("bob", "m" + i);
        }
        assertThat(wire.pump("SEND")).hasSize(4);
        assertThat(wire.pump("SEND")).isEmpty();
        wire.sent(1, 1);
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("m5");
    }

    @Test
    void shouldReportAResultOnceWhetherItComesBeforeOrAfterTheReceipt() {
        wire.open(false);
        wire.send("bob", "a", Flags.WANT_RESULT);
        wire.send("bob", "b", Flags.WANT_RESULT);
        wire.pump();
        wire.result(1, 1, Frames.ACKED, 0);
        wire.sent(1, 2);
        wire.result(1, 2, Frames.DEAD, 4);
        wire.result(1, 2, Frames.DEAD, 4);
        assertThat(wire.events).containsExactly("acked a", "sent a", "sent b", "dead b");
        assertThat(wire.session.outboxMessages()).isZero();
    }

    @Test
    void shouldAskAgainForAResultOnTheNextConnection() {
        wire.open(false);
        wire.send("bob", "a", Flags.WANT_RESULT);
        wire.pump();
        wire.sent(1, 1);
        wire.session.disconnected();
        wire.open(true);
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("a");
        wire.result(1, 1, Frames.ACKED, 0);
        assertThat(wire.events).containsExactly("sent a", "acked a");
        assertThat(wire.session.outboxMessages()).isZero();
    }

    @Test
    void shouldResumeWritingWhereAFullSinkStoppedIt() {
        wire.open(false);
        wire.send("bob", "a");
        wire.send("bob", "b");
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            wire.pump(100).forEach(f -> written.add(f.toString()));
        }
        assertThat(written).containsExactly("BIND", "KIND", "SEND 1", "SEND 2");
    }

    @Test
    void shouldRefuseSubmissionAboveTheOutboxBound() {
        Wire small = new Wire(new SessionConfig("default", "me", 2, 1000, 1, 10, 1000, "t", 0, null));
        small.send("bob", "a");
        small.send("bob", "b");
        assertThat(small.session.submit(Draft.of(StreamKey.agent("bob"), "k", new byte[0])))
                .isNull();
        small.open(false);
        small.pump();
        small.sent(1, 2);
        assertThat(small.session.submit(Draft.of(StreamKey.agent("bob"), "k", new byte[1001])))
                .isNull();
        assertThat(small.session.submit(Draft.of(StreamKey.agent("bob"), "k", new byte[0])))
                .isNotNull();
    }

    @Test
    void shouldRefuseAFrameAboveTheLimitWithoutWritingIt() {
        wire.submit(Draft.of(StreamKey.agent("bob"), "k", new byte[1 << 20]));
        assertThat(wire.events).hasSize(1).first().asString().endsWith("TOO_LARGE");
    }

    @Test
    void shouldEndExpressMessagesAsUnknownWhenTheConnectionIsLost() {
        wire.open(false);
        wire.submit(Draft.of(StreamKey.express("bob"), "k", Wire.utf8("x")));
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        assertThat(wire.events).containsExactly("unknown x");
        assertThat(wire.pump("SEND")).isEmpty();
    }

    /** Invariant I9. */
    @Test
    void shouldForgetMarksAndFloorsWhenTheStoreIsReplaced() {
        wire.open(false);
        wire.lane(1, "bob", "message", 0, 0);
        wire.deliver(1, 9);
        wire.startAll();
        wire.send("bob", "a");
        wire.pump();
        wire.session.disconnected();
        wire.open(false, "store-2", 1L << 32 | 1);
        assertThat(wire.events).containsExactly("unknown a");
        assertThat(wire.send("bob", "b").seq()).isEqualTo(1);
        wire.lane(1, "bob", "message", 0, 0);
        wire.deliver(1, 1L << 32, 1, 0, 1, HeaderBlock.EMPTY, "first of the new store");
        assertThat(wire.startAll()).containsExactly(1L);
    }

    @Test
    void shouldStopForGoodOnAFatalCodeButNotOnOneThatPasses() {
        wire.session.connected();
        wire.pump();
        assertThat(wire.control(FrameType.ERROR, Map.of("code", "OVERLOADED", "number", 24, "fatal", true)))
                .isFalse();
        wire.session.disconnected();
        wire.nowNs += 1_000_000_000L; // past the time in which a predecessor may still be ending
        wire.session.connected();
        assertThat(wire.control(FrameType.ERROR, Map.of("code", "NAME_IN_USE", "number", 11, "fatal", true)))
                .isFalse();
        assertThat(wire.session.state()).isEqualTo(ClientSession.State.CLOSED);
        assertThat(wire.events).containsExactly("error OVERLOADED false", "error NAME_IN_USE true");
    }

    @Test
    void shouldPingAfterSilenceAndAnswerPing() {
        wire.open(false);
        assertThat(wire.pump()).isEmpty();
        wire.nowNs += 1_000_000_000L;
        assertThat(wire.pump()).map(Frame::toString).first().asString().startsWith("PING");
        assertThat(wire.pump()).isEmpty();
    }

    @Test
    void shouldRepeatSubscriptionsOnEverySession() {
        wire.open(false);
        long ref = wire.session.control("subscribe", Map.of("topic", "a.>", "durable", true));
        assertThat(wire.pump("CONTROL")).hasSize(1);
        wire.control(FrameType.CONTROL_REPLY, Map.of("ref", ref, "ok", true));
        long lost = wire.session.control("agents", Map.of());
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
        List<Frame> controls = wire.pump("CONTROL");
        assertThat(controls).hasSize(1);
        assertThat(controls.get(0).json()).containsEntry("op", "subscribe").containsEntry("topic", "a.>");
        assertThat(wire.events).containsExactly("control " + ref + " true", "control " + lost + " lost");
    }

    /** Invariant I36. */
    @Test
    void shouldResolveAReplyWithoutAHandlerAndAckIt() {
        wire.open(false);
        Outgoing request = wire.send("bob", "q", Flags.REQUEST);
        wire.pump();
        wire.sent(1, 1);
        wire.lane(3, "bob", "reply", 0, 0);
        byte[] block = new HeaderBlock.Builder()
                .put(HeaderKey.IN_REPLY_TO, Uuid7.bytes(request.idMsb(), request.idLsb()))
                .build();
        wire.deliver(3, Wire.EPOCH, 1, Flags.REPLY, 1, block, "42");
        wire.deliver(3, Wire.EPOCH, 2, Flags.REPLY, 1, block, "43");
        assertThat(wire.events).containsExactly("sent q", "reply q 42");
        assertThat(wire.session.startNext()).isNull();
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
        assertThat(wire.session.counters().lateReplyCount).isEqualTo(1);
    }

    /** The daemon then calls request and reply safe together (rule R7.4); on a new connection all that is unresolved comes before it (rule R7.2). */
    @Test
    void shouldWriteTheAckOfAReplyAheadOfNewMessagesAndBehindUnresolvedOnes() {
        wire.open(false);
        Outgoing request = wire.send("bob", "q", Flags.REQUEST);
        wire.pump();
        wire.lane(3, "bob", "reply", 0, 0);
        byte[] block = new HeaderBlock.Builder()
                .put(HeaderKey.IN_REPLY_TO, Uuid7.bytes(request.idMsb(), request.idLsb()))
                .build();
        wire.deliver(3, Wire.EPOCH, 1, Flags.REPLY, 1, block, "42");
        wire.send("bob", "next");
        assertThat(wire.pump()).map(Frame::toString).containsExactly("ACK 1", "SEND 2");
        wire.session.disconnected();
        wire.open(true);
        wire.lane(3, "bob", "reply", 0, 0);
        assertThat(wire.pump())
                .map(Frame::toString)
                .filteredOn(f -> f.startsWith("SEND") || f.startsWith("ACK"))
                .containsExactly("SEND 1", "SEND 2", "ACK 1");
    }
}
