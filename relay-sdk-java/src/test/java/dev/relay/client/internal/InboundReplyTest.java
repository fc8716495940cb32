package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.Wire.Frame;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that a lane brings and the replies to them: the ack that a reply carries, and connections and requests that go while it is on its way. */
class InboundReplyTest {
    private final Wire wire = new Wire();

    @BeforeEach
    void open() {
        wire.open(false);
        wire.lane(1, "bob", "message", 0, 0);
        wire.pump();
    }

    private Inbound request(long seq) {
        wire.deliver(1, Wire.EPOCH, seq, Flags.REQUEST, 1, HeaderBlock.EMPTY, "q");
        return wire.start();
    }

    private @Nullable Outgoing respond(Inbound request, String answer) {
        return wire.session.respond(request, Draft.of(StreamKey.reply("bob"), "", Wire.utf8(answer)));
    }

    private void reconnectWithAWrittenReply() {
        Inbound request = request(1);
        respond(request, "r");
        wire.session.returned(request, true);
        wire.pump();
        wire.session.disconnected();
        wire.open(true);
    }

    /** Invariant I36: the reply carries the request's ack. */
    @Test
    void shouldAckARequestWithItsReplyOnly() {
        Inbound request = request(1);
        Outgoing reply = respond(request, "r");
        assertThat(reply).isNotNull();
        assertThat(respond(request, "r again")).as("one reply").isNull();
        wire.session.returned(request, true);
        List<Frame> frames = wire.pump();
        assertThat(frames).map(Frame::toString).containsExactly("BIND", "SEND 1");
        Frame send = frames.get(1);
        long acks = HeaderBlock.find(send.b(), 0, HeaderKey.ACKS);
        assertThat(send.b().getInt(HeaderBlock.offsetOf(acks)))
                .as("lane handle")
                .isEqualTo(1);
        assertThat(send.b().getLong(HeaderBlock.offsetOf(acks) + 16)).as("seq").isEqualTo(1);
        wire.sent(1, 1);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(1L);
    }

    /** A written reply may have been accepted and have acked its request, which then never comes again. */
    @Test
    void R2_shouldSendAWrittenReplyAgainWithoutItsRequest() {
        reconnectWithAWrittenReply();
        assertThat(wire.pump()).map(Frame::toString).containsExactly("BIND");
        bound(0, 0);
        assertThat(wire.pump("SEND")).map(Frame::flags).containsExactly(Flags.REPLY | Flags.RESENT);
    }

    @Test
    void shouldHoldAReplyThatWasNeverWrittenUntilItsRequestCameAgain() {
        Inbound request = request(1);
        wire.session.disconnected();
        respond(request, "r");
        wire.session.returned(request, true);
        wire.open(true);
        wire.pump();
        bound(0, 0);
        assertThat(wire.pump("SEND"))
                .as("its request is not in this session's window")
                .isEmpty();
        wire.lane(9, "bob", "message", 0, 0);
        wire.deliver(9, Wire.EPOCH, 1, Flags.REQUEST | Flags.REDELIVERED, 1, HeaderBlock.EMPTY, "q");
        assertThat(wire.session.startNext()).as("answered already").isNull();
        Frame send = wire.pump("SEND").get(0);
        assertThat(send.b().getInt(HeaderBlock.offsetOf(HeaderBlock.find(send.b(), 0, HeaderKey.ACKS))))
                .isEqualTo(9);
    }

    private void answerARequestThatTheDaemonLoses() {
        Inbound request = request(1);
        wire.session.disconnected();
        respond(request, "r1");
        wire.session.returned(request, true);
        wire.open(true);
        wire.lane(1, "bob", "message", 0, 0);
        wire.pump();
        bound(0, 0);
    }

    /** A daemon that crashed has lost a request that it had not confirmed, and its sender is gone with it. */
    @Test
    void R4_shouldNotWaitForARequestThatTheDaemonWentPast() {
        answerARequestThatTheDaemonLoses();
        wire.deliver(1, 2);
        assertThat(wire.events).containsExactly("refused r1 " + ErrorCode.NO_PENDING_REQUEST);
        assertThat(wire.startAll()).containsExactly(2L);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
    }

    @Test
    void shouldGoOnWithRepliesBehindOneWhoseRequestIsGone() {
        answerARequestThatTheDaemonLoses();
        wire.pump();
        Inbound next = request(2);
        respond(next, "r2");
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("r2");
    }

    @Test
    void shouldGoOnWithRepliesBehindOneThatIsRefusedWhileTheNextWaitsForItsRequest() {
        Outgoing first = answer(request(1), "r1");
        wire.pump();
        Inbound second = request(2);
        wire.session.disconnected();
        answer(second, "r2");
        wire.open(true);
        wire.pump();
        bound(0, 0);
        wire.pump();
        wire.refused(1, ErrorCode.REQUESTER_GONE, first);
        wire.lane(1, "bob", "message", 0, 0);
        answer(request(3), "r3");
        assertThat(wire.pump("SEND")).map(Frame::payload).containsExactly("r3");
    }

    private Outgoing answer(Inbound request, String text) {
        Outgoing reply = Objects.requireNonNull(respond(request, text));
        wire.session.returned(request, true);
        return reply;
    }

    @Test
    void R4_shouldRefuseAReplyToARequestThatTheDaemonWentPastWhileItRan() {
        Inbound running = request(1);
        wire.session.disconnected();
        wire.open(true);
        wire.lane(1, "bob", "message", 0, 0);
        wire.deliver(1, 2);
        respond(running, "r1");
        assertThat(wire.events).containsExactly("refused r1 " + ErrorCode.NO_PENDING_REQUEST);
    }

    /** Its sender's store was damaged; the daemon called the request CORRUPT and dead while its handler ran. */
    @Test
    void I36_shouldRefuseAReplyToARequestThatWasSkippedWhileItRan() {
        Inbound running = request(1);
        wire.session.disconnected();
        wire.open(true);
        wire.lane(1, "bob", "message", 0, 0);
        wire.skip(1, 1, 1);
        respond(running, "r1");
        assertThat(wire.events).containsExactly("refused r1 " + ErrorCode.NO_PENDING_REQUEST);
        assertThat(wire.session.outboxMessages()).isZero();
    }

    @Test
    void shouldTakeAReplyAsSafeThatTheDaemonKnows() {
        reconnectWithAWrittenReply();
        wire.pump();
        bound(1, 1);
        assertThat(wire.events).containsExactly("sent r");
        assertThat(wire.session.outboxMessages()).isZero();
    }

    @Test
    void shouldAckTheRequestOfAReplyThatIsRefusedForGood() {
        Outgoing reply = answer(request(1), "r");
        wire.pump();
        wire.refused(1, ErrorCode.REQUESTER_GONE, reply);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(1L);
    }

    private void bound(long mark, long safeTo) {
        wire.control(FrameType.BOUND, Map.of("handle", 1, "mark", mark, "safe_to", safeTo));
    }
}
