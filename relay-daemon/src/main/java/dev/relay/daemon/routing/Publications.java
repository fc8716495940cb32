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

/** Publications: to all durable subscribers whose filter wants it or to none (I37), and to the live ones that are there. Core thread only; keeps nothing of its own. */
final class Publications {
    private final Core core;
    private final Acceptance acceptance;
    private final Delivery delivery;
    private final TopicIndex topics;
    private final Room room;
    private final Rights rights;
    private final Copies copies;

    Publications(
            Core core,
            Acceptance acceptance,
            Delivery delivery,
            TopicIndex topics,
            Room room,
            Rights rights,
            Copies copies) {
        this.core = core;
        this.acceptance = acceptance;
        this.delivery = delivery;
        this.topics = topics;
        this.room = room;
        this.rights = rights;
        this.copies = copies;
    }

    @Nullable
    ErrorCode publish(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        TopicIndex.Match match = topics.match(stream.sender.namespace, b, at);
        if (match == null) {
            return ErrorCode.BAD_NAME;
        }
        boolean isForbidden = rights.isForbidden(stream, match.topic());
        if (isForbidden && rights.mayRefuse(b, at)) {
            return ErrorCode.UNAUTHORIZED;
        }
        ErrorCode refusal = refusal(stream, match, b, at);
        if (refusal != null) {
            return refusal;
        }
        Message m = acceptance.accept(session.owner(), stream, b, at, kind);
        if (isForbidden) {
            m.forbid();
        }
        core.pool.retain(m);
        fanOut(session, stream, match, m);
        acceptance.accepted(m);
        copy(stream, match, m);
        core.pool.release(m);
        return null;
    }

    /** One durable subscriber that has no room refuses the publication for all. */
    private @Nullable ErrorCode refusal(Stream stream, TopicIndex.Match match, ByteBuffer b, int at) {
        String sender = stream.sender.name;
        int content = MessageHeader.content(b, at);
        for (TopicIndex.Target target : match.targets()) {
            boolean isDurable = target.durable() && target.wish(sender, content) == TopicIndex.DURABLE;
            Agent agent = target.agent();
            ErrorCode refusal = isDurable ? room.refusal(agent, stream.topicLanes.get(agent), b, at) : null;
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private void fanOut(Session session, Stream stream, TopicIndex.Match match, Message m) {
        String sender = stream.sender.name;
        int content = MessageHeader.content(m.frame, 0);
        int durable = match.durable();
        int live = match.live();
        m.pending++; // open until every lane has it: a subscriber that is ahead finishes its part inside the loop
        for (TopicIndex.Target target : match.targets()) {
            int wish = target.wish(sender, content);
            if (wish == TopicIndex.DURABLE || (wish == TopicIndex.LIVE && !m.isForbidden)) {
                durable += target.count(sender, content, true);
                live += target.count(sender, content, false);
                core.count(Counter.MATCHED);
                delivery.enqueue(lane(stream, target.agent()), m, wish == TopicIndex.LIVE);
            }
        }
        m.pending--;
        core.count(Counter.PUBLISHED);
        FrameWriter.matched(session.connection.reserve(Frames.MATCHED_BYTES), stream.handle, m.seq, durable, live);
        session.connection.commit();
    }

    private Lane lane(Stream stream, Agent recipient) {
        Lane lane = stream.topicLanes.get(recipient);
        return lane != null ? lane : core.lane(stream.sender, recipient, LaneClass.TOPIC);
    }

    private void copy(Stream stream, TopicIndex.Match match, Message m) {
        copies.outgoing(stream, m);
        int content = MessageHeader.content(m.frame, 0);
        for (TopicIndex.Target target : match.targets()) {
            if (target.agent().shadows != null && target.wish(stream.sender.name, content) != TopicIndex.NOT) {
                copies.incoming(stream, target.agent(), m);
            }
        }
    }
}
