package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What goes to one recipient: an agent, a partition of a group, or, express, the agent's session of this moment. Core thread only; keeps nothing of its own. */
final class DirectSends {
    private final Core core;
    private final Acceptance acceptance;
    private final Delivery delivery;
    private final Room room;
    private final Rights rights;
    private final Copies copies;
    private final Groups groups;

    DirectSends(
            Core core,
            Acceptance acceptance,
            Delivery delivery,
            Room room,
            Rights rights,
            Copies copies,
            Groups groups) {
        this.core = core;
        this.acceptance = acceptance;
        this.delivery = delivery;
        this.room = room;
        this.rights = rights;
        this.copies = copies;
        this.groups = groups;
    }

    @Nullable
    Agent recipient(Stream stream) {
        return stream.lane != null ? stream.lane.recipient : core.agent(stream.sender.namespace, stream.target);
    }

    @Nullable
    ErrorCode toAgent(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent recipient = recipient(stream);
        if (recipient == null) {
            return ErrorCode.NO_SUCH_RECIPIENT;
        }
        if (core.isCommand(kind) && recipient.session == null && !Acceptance.isResent(b, at)) {
            return ErrorCode.RECIPIENT_OFFLINE; // a command must not be carried out when nobody expects it any more
        }
        return send(session, stream, recipient, stream.lane, b, at, kind);
    }

    @Nullable
    ErrorCode toGroup(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent[] partitions = groups.of(stream);
        int partition = Groups.partitionOf(b, at);
        if (partitions == null || partition < 0) {
            return partitions == null ? ErrorCode.NO_SUCH_RECIPIENT : ErrorCode.BAD_REQUEST;
        }
        if (core.isCommand(kind)) {
            return ErrorCode.BAD_REQUEST;
        }
        Agent recipient = partitions[partition];
        return send(session, stream, recipient, stream.topicLanes.get(recipient), b, at, kind);
    }

    private @Nullable ErrorCode send(
            Session session, Stream stream, Agent recipient, @Nullable Lane lane, ByteBuffer b, int at, int kind) {
        ErrorCode refusal = room.refusal(recipient, lane, b, at);
        if (refusal != null) {
            return refusal;
        }
        Message m = acceptance.accept(session.owner(), stream, b, at, kind);
        if (!rights.mayRefuse(b, at) && rights.isForbidden(session, stream, kind)) {
            m.forbid();
        } else if (core.isCommand(kind)) {
            CommandDesk.audit(core, Caller.of(session).who(), recipient, OwnMessages.payload(b, at));
        }
        core.pool.retain(m);
        delivery.enqueue(lane != null ? lane : core.lane(stream.sender, recipient, stream.streamClass), m, false);
        acceptance.accepted(m);
        copies.outgoing(stream, m);
        copies.incoming(stream, recipient, m);
        core.pool.release(m);
        return null;
    }

    /** At most once, to a session that is open and has room: receipted as soon as it is in its connection. */
    @Nullable
    ErrorCode express(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent recipient = recipient(stream);
        Session to = recipient == null ? null : recipient.session;
        ErrorCode refusal = refusalOfExpress(session, stream, recipient, to, b, at);
        if (refusal != null || recipient == null || to == null) {
            return refusal;
        }
        if (stream.sender.quota != null) {
            stream.sender.quota.take(core.nowNs, Frames.len(b, at));
        }
        stream.refusedSeq = 0;
        Message m = acceptance.copy(stream, b, at, kind);
        delivery.pump.deliverExpress(core.lane(stream.sender, recipient, LaneClass.EXPRESS), to, m);
        copies.outgoing(stream, m);
        copies.incoming(stream, recipient, m);
        core.pool.release(m);
        FrameWriter.sent(
                session.connection.reserve(Frames.SENT_BYTES),
                Frames.BY_LIVE,
                stream.handle,
                stream.epoch,
                MessageHeader.seq(b, at));
        session.connection.commit();
        return null;
    }

    private @Nullable ErrorCode refusalOfExpress(
            Session session, Stream stream, @Nullable Agent recipient, @Nullable Session to, ByteBuffer b, int at) {
        if (stream.refusedSeq != 0 && MessageHeader.seq(b, at) > stream.refusedSeq) {
            return ErrorCode.PRECEDING_REFUSED;
        }
        if (stream.isForbidden) {
            return ErrorCode.UNAUTHORIZED;
        }
        if (recipient == null) {
            return ErrorCode.NO_SUCH_RECIPIENT;
        }
        if (to == null || !to.isOpen()) {
            return ErrorCode.RECIPIENT_OFFLINE;
        }
        if (!delivery.pump.canTakeExpress(to)) {
            return ErrorCode.QUEUE_FULL;
        }
        if (stream.sender.quota != null && stream.sender.quota.waitMs(core.nowNs) > 0) {
            return ErrorCode.RATE_LIMITED;
        }
        return groups.refusalOfFenced(session, b, at);
    }
}
