package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends that ack what caused them, in the same step and so in the same cut: a reply its request, any other the message whose handler sent it. Which one is said by the header entry ACKS
 * (lane handle, epoch, seq). Core thread only; keeps nothing of its own.
 */
final class Replies {
    private final Core core;
    private final Delivery delivery;
    private final DirectSends directSends;
    private final OwnMessages ownMessages;

    Replies(Core core, Delivery delivery, DirectSends directSends, OwnMessages ownMessages) {
        this.core = core;
        this.delivery = delivery;
        this.directSends = directSends;
        this.ownMessages = ownMessages;
    }

    /** A reply answers a request that its sender has in its window (I36). */
    @Nullable
    ErrorCode reply(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        int entry = entry(b, at);
        if (entry < 0) {
            return ErrorCode.BAD_FRAME;
        }
        long epoch = b.getLong(entry + 8);
        long seq = b.getLong(entry + 16);
        Agent requester = directSends.recipient(stream);
        Lane request = requester == null ? null : requestLane(session, requester, b, entry);
        if (requester == null || (!Acceptance.isResent(b, at) && !isInWindow(request, epoch, seq))) {
            return ErrorCode.NO_PENDING_REQUEST;
        }
        boolean isReplaced =
                epoch < requester.durableEpoch; // a crash may forget a newer one, and then the requester is there again
        if (isReplaced && !isHandled(session, requester, b, at)) {
            ack(request, epoch, seq);
            return ErrorCode.REQUESTER_GONE;
        }
        ErrorCode refusal = OwnMessages.NAMES.contains(requester.name)
                ? ownMessages.answer(session, stream, seq, b, at)
                : directSends.toAgent(session, stream, b, at, kind);
        if (refusal == null) {
            core.count(Counter.REPLIES);
            ack(request, epoch, seq);
        }
        return refusal;
    }

    /** Acks what caused the send, if it says so. */
    void consume(Session session, ByteBuffer b, int at) {
        int entry = entry(b, at);
        if (entry >= 0) {
            ack(session.lane(b.getInt(entry)), b.getLong(entry + 8), b.getLong(entry + 16));
        }
    }

    /** Offset of the entry ACKS, or -1. */
    private static int entry(ByteBuffer b, int at) {
        long acks = HeaderBlock.find(b, at, HeaderKey.ACKS);
        boolean isThere = acks >= 0 && HeaderBlock.lengthOf(acks) == HeaderKey.ACKS_BYTES;
        return isThere ? HeaderBlock.offsetOf(acks) : -1;
    }

    /** The lane that the request came by: of its recipient, or of one of its partitions. */
    private static @Nullable Lane requestLane(Session session, Agent requester, ByteBuffer b, int acks) {
        return b.getInt(acks + HeaderKey.BY_GROUP_AT) == 0
                ? session.owner().lanes.get(Agent.laneKey(LaneClass.MESSAGE, requester.name))
                : session.lane(b.getInt(acks));
    }

    /** The requester finished it before it was replaced, and a crash forgot its mark: the number stays used. */
    private static boolean isHandled(Session session, Agent requester, ByteBuffer b, int at) {
        Lane lane = requester.lanes.get(Agent.laneKey(LaneClass.REPLY, session.owner().name));
        return lane != null && lane.isAtOrBelowFloor(MessageHeader.epoch(b, at), MessageHeader.seq(b, at));
    }

    private static boolean isInWindow(@Nullable Lane lane, long epoch, long seq) {
        int i = lane == null ? -1 : lane.find(epoch, seq);
        return lane != null && i >= 0 && lane.hasMessage(i) && lane.state(i) == Lane.FLIGHT;
    }

    private void ack(@Nullable Lane lane, long epoch, long seq) {
        if (lane != null && delivery.acks.ackOne(lane, epoch, seq)) {
            delivery.acks.afterAck(lane);
        }
    }
}
