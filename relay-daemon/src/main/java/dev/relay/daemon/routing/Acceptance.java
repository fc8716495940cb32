package dev.relay.daemon.routing;

import dev.relay.daemon.flow.AppIdIndex;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Quota;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Accepts or refuses each SEND (rule R2): only the mark's successor is accepted, what is at or below the mark is a duplicate of any age, what is above
 * is refused as behind a refusal. Every refusal carries its code and the id of its call and leaves the mark where it is.
 *
 * <p>A message that is RESENT is never refused for want of room. An earlier life of the daemon may have accepted and delivered it and lost its mark in a
 * crash; refusing it would let its seq be used again for another message, which the recipient would take for the one it has handled (R8 over a restart).
 * What that adds is bounded by the sender's window. While the daemon stops, a RESENT message is left unanswered, so that it is sent again to the next one.
 * Core thread only.
 */
final class Acceptance {
    /** The sender of what operators put back. No client can take this name. */
    static final String REDRIVER = "relay-redrive";

    /** Names under which only the daemon sends. */
    static final Set<String> OWN_NAMES = Set.of(REDRIVER, "relay-daemon", Copies.SENDER);

    private static final int RETRY_AFTER_MS = 10;

    private final Core core;
    private final Receipts receipts;
    private final Delivery delivery;
    private final TopicIndex topics;
    private final Results results;
    private final AppIds appIds;
    private final Copies copies;
    private final Groups groups;
    private OwnReplies ownReplies = (agent, seq, payload, error) -> {};

    /** Takes the answers to requests of the daemon's own. */
    interface OwnReplies {
        /** {@code seq}: of the request in the lane to that agent; {@code error}: why its handler failed, or null. */
        void onReply(Agent agent, long seq, String payload, @Nullable String error);
    }

    Acceptance(Core core, Receipts receipts, Delivery delivery, TopicIndex topics, Results results, AppIds appIds) {
        this.core = core;
        this.receipts = receipts;
        this.delivery = delivery;
        this.topics = topics;
        this.results = results;
        this.appIds = appIds;
        this.copies = new Copies(core, this);
        this.groups = new Groups(core);
    }

    Copies copies() {
        return copies;
    }

    void onOwnReply(OwnReplies listener) {
        ownReplies = listener;
    }

    void onSend(Session session, ByteBuffer b, int at) {
        Stream stream = session.streams.get(MessageHeader.handle(b, at));
        Integer kind =
                MessageHeader.kind(b, at) == 0 ? Integer.valueOf(0) : session.kinds.get(MessageHeader.kind(b, at));
        if (stream == null || kind == null) {
            refuse(session, b, at, ErrorCode.BAD_HANDLE);
        } else if (!MessageHeader.isSound(b, at)) {
            refuse(session, b, at, ErrorCode.BAD_FRAME);
        } else if (MessageHeader.epoch(b, at) != session.epoch) {
            refuse(session, b, at, ErrorCode.STALE_EPOCH);
        } else if (stream.isForbidden) {
            core.count(Counter.UNAUTHORIZED);
            refuse(session, b, at, ErrorCode.UNAUTHORIZED);
        } else if (stream.streamClass == LaneClass.EXPRESS) {
            onExpress(session, stream, b, at, kind);
        } else {
            onDurable(session, stream, b, at, kind);
        }
    }

    private void onDurable(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        long seq = MessageHeader.seq(b, at);
        if (seq <= stream.mark) {
            onDuplicate(stream, b, at, seq);
            return;
        }
        if (seq > stream.mark + 1) {
            refuse(session, b, at, ErrorCode.PRECEDING_REFUSED);
            return;
        }
        boolean resent = isResent(b, at);
        if (resent && core.isShuttingDown) {
            return;
        }
        Quota quota = session.owner().quota;
        ErrorCode refusal = resent ? null : general(session, b, at);
        if (refusal == null && quota != null && !resent && quota.waitMs(core.nowNs) > 0) {
            refusal = ErrorCode.RATE_LIMITED;
        }
        if (refusal == null && (MessageHeader.flags(b, at) & Flags.APP_ID) != 0) {
            refusal = withAppId(session, stream, b, at, kind);
        } else if (refusal == null) {
            refusal = route(session, stream, b, at, kind);
        }
        if (refusal != null) {
            refuse(session, b, at, refusal);
            return;
        }
        if (quota != null) {
            quota.take(core.nowNs, Frames.len(b, at));
        }
        if (!resent && stream.streamClass != LaneClass.REPLY && MessageHeader.block(b, at) > 0) {
            consume(session, b, at);
        }
    }

    private @Nullable ErrorCode route(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        return switch (stream.streamClass) {
            case LaneClass.TOPIC -> publish(session, stream, b, at, kind);
            case LaneClass.REPLY -> reply(session, stream, b, at, kind);
            case LaneClass.GROUP -> toGroup(session, stream, b, at, kind);
            default -> direct(session, stream, b, at, kind);
        };
    }

    /** A known id is the same call again: accepted for its sender, delivered to nobody (I7). */
    private @Nullable ErrorCode withAppId(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        if (!AppIds.isLegal(b, at)) {
            return ErrorCode.BAD_FRAME;
        }
        Agent sender = session.owner();
        int found = appIds.find(sender, b, at);
        AppIdIndex index = appIds.index(sender);
        if (found < 0 || index == null) {
            ErrorCode refusal = route(session, stream, b, at, kind);
            if (refusal == null) {
                appIds.add(sender, stream, b, at);
            }
            return refusal;
        }
        if (index.content(found) != AppIds.content(stream, b, at)) {
            return ErrorCode.BAD_REQUEST;
        }
        core.count(Counter.APP_ID_DUPLICATES);
        Message m = accept(sender, stream, b, at, kind);
        m.flags &= ~Flags.WANT_RESULT;
        accepted(m);
        askForTwin(stream, b, at, index, found);
        return null;
    }

    private void askForTwin(Stream stream, ByteBuffer b, int at, AppIdIndex index, int found) {
        Stream first = core.streamsById.get(index.stream(found));
        if (first != null && (MessageHeader.flags(b, at) & Flags.WANT_RESULT) != 0) {
            results.askForTwin(
                    stream,
                    MessageHeader.epoch(b, at),
                    MessageHeader.seq(b, at),
                    first,
                    index.epoch(found),
                    index.seq(found));
        }
    }

    /** A send that a handler caused acks what caused it, in the same step and so in the same cut. */
    private void consume(Session session, ByteBuffer b, int at) {
        long acks = HeaderBlock.find(b, at, HeaderKey.ACKS);
        if (acks < 0 || HeaderBlock.lengthOf(acks) != HeaderKey.ACKS_BYTES) {
            return;
        }
        int entry = HeaderBlock.offsetOf(acks);
        ackRequest(session.lane(b.getInt(entry)), b.getLong(entry + 8), b.getLong(entry + 16));
    }

    private static boolean isResent(ByteBuffer b, int at) {
        return (MessageHeader.flags(b, at) & Flags.RESENT) != 0;
    }

    private @Nullable ErrorCode general(Session session, ByteBuffer b, int at) {
        Agent sender = session.owner();
        if (core.isShuttingDown) {
            return ErrorCode.SHUTTING_DOWN;
        }
        if (core.storeState == BusSnapshot.StoreState.FULL) {
            return ErrorCode.STORAGE_FULL;
        }
        if (core.storeState == BusSnapshot.StoreState.FAILED) {
            return ErrorCode.SHUTTING_DOWN;
        }
        boolean full = sender.unreceiptedMessages >= core.config.windowMessages()
                || sender.unreceiptedBytes + Frames.len(b, at) > core.config.windowBytes();
        boolean isOutOfMemory = core.pool.liveBytes() + Frames.len(b, at) > core.config.memoryBytes();
        return full || isOutOfMemory ? ErrorCode.QUEUE_FULL : groups.refusalOfFenced(session, b, at);
    }

    private @Nullable ErrorCode direct(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent recipient = recipient(stream);
        if (recipient == null) {
            return ErrorCode.NO_SUCH_RECIPIENT;
        }
        if (core.isCommand(kind)) {
            ErrorCode refusal = refusalOfCommand(session, recipient, isResent(b, at));
            if (refusal != null) {
                return refusal;
            }
        }
        return toOne(session, stream, recipient, stream.lane, b, at, kind);
    }

    private @Nullable ErrorCode toGroup(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent[] partitions = groups.of(stream);
        int partition = Groups.partitionOf(b, at);
        if (partitions == null || partition < 0) {
            return partitions == null ? ErrorCode.NO_SUCH_RECIPIENT : ErrorCode.BAD_REQUEST;
        }
        if (core.isCommand(kind)) {
            return ErrorCode.BAD_REQUEST;
        }
        Agent recipient = partitions[partition];
        return toOne(session, stream, recipient, stream.topicLanes.get(recipient), b, at, kind);
    }

    private @Nullable ErrorCode toOne(
            Session session, Stream stream, Agent recipient, @Nullable Lane lane, ByteBuffer b, int at, int kind) {
        if (isFull(recipient, b, at)) {
            return ErrorCode.MAILBOX_FULL;
        }
        ErrorCode overflow = lane == null ? null : overflow(lane, b, at);
        if (overflow != null) {
            return overflow;
        }
        Message m = accept(session.owner(), stream, b, at, kind);
        if (core.isCommand(kind)) {
            CommandDesk.audit(core, Caller.of(session).who(), recipient, payload(b, at));
        }
        core.pool.retain(m);
        delivery.enqueue(lane != null ? lane : core.lane(stream.sender, recipient, stream.streamClass), m, false);
        accepted(m);
        copies.outgoing(stream, m);
        copies.incoming(stream, recipient, m);
        core.pool.release(m);
        return null;
    }

    /** Commands are for operators to give, and to agents that are there: one must not be carried out when nobody expects it any more. */
    private @Nullable ErrorCode refusalOfCommand(Session session, Agent recipient, boolean isResent) {
        if (!session.isOperator) {
            core.count(Counter.UNAUTHORIZED);
            return ErrorCode.UNAUTHORIZED;
        }
        return recipient.session == null && !isResent ? ErrorCode.RECIPIENT_OFFLINE : null;
    }

    private @Nullable Agent recipient(Stream stream) {
        return stream.lane != null ? stream.lane.recipient : core.agent(stream.sender.namespace, stream.target);
    }

    private boolean isFull(Agent recipient, ByteBuffer b, int at) {
        if (isResent(b, at)) {
            return false;
        }
        long bytes = recipient.mailboxBytes + Frames.len(b, at);
        return recipient.mailboxMessages >= core.config.mailboxMessages()
                || bytes > core.config.mailboxBytes()
                || (recipient.quota != null && recipient.quota.isMailboxFull(recipient.mailboxMessages, bytes));
    }

    private @Nullable ErrorCode publish(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        TopicIndex.Match match = topics.match(stream.sender.namespace, b, at);
        if (match == null) {
            return ErrorCode.BAD_NAME;
        }
        if (!core.access.mayPublish(stream.sender.namespace, stream.sender.name, match.topic())) {
            core.count(Counter.UNAUTHORIZED);
            return ErrorCode.UNAUTHORIZED;
        }
        String sender = stream.sender.name;
        int content = MessageHeader.content(b, at);
        for (TopicIndex.Target target : match.targets()) {
            boolean isDurable = target.durable() && target.wish(sender, content) == TopicIndex.DURABLE;
            ErrorCode refusal = isDurable ? refusal(stream, target.agent(), b, at) : null;
            if (refusal != null) {
                return refusal;
            }
        }
        Message m = accept(session.owner(), stream, b, at, kind);
        m.pending++; // open until every lane has it: a subscriber that is ahead finishes its part inside the loop
        core.pool.retain(m);
        int durable = match.durable();
        int live = match.live();
        for (TopicIndex.Target target : match.targets()) {
            int wish = target.wish(sender, content);
            if (wish != TopicIndex.NOT) {
                durable += target.count(sender, content, true);
                live += target.count(sender, content, false);
                core.count(Counter.MATCHED);
                delivery.enqueue(topicLane(stream, target.agent()), m, wish == TopicIndex.LIVE);
            }
        }
        m.pending--;
        core.count(Counter.PUBLISHED);
        FrameWriter.matched(session.connection.reserve(Frames.MATCHED_BYTES), stream.handle, m.seq, durable, live);
        session.connection.commit();
        accepted(m);
        copies.outgoing(stream, m);
        for (TopicIndex.Target target : match.targets()) {
            if (target.agent().shadows != null && target.wish(sender, content) != TopicIndex.NOT) {
                copies.incoming(stream, target.agent(), m);
            }
        }
        core.pool.release(m);
        return null;
    }

    /** One durable subscriber that has no room refuses the publication for all: its fan-out is all or none (I37). */
    private @Nullable ErrorCode refusal(Stream stream, Agent recipient, ByteBuffer b, int at) {
        if (isFull(recipient, b, at)) {
            return ErrorCode.MAILBOX_FULL;
        }
        Lane lane = stream.topicLanes.get(recipient);
        return lane == null ? null : overflow(lane, b, at);
    }

    private @Nullable ErrorCode overflow(Lane lane, ByteBuffer b, int at) {
        if (lane.overflow == 0 || lane.queued() < core.config.memoryMessages() || isResent(b, at)) {
            return null;
        }
        return lane.overflow == Lane.BLOCK ? ErrorCode.QUEUE_FULL : ErrorCode.MAILBOX_FULL;
    }

    private Lane topicLane(Stream stream, Agent recipient) {
        Lane lane = stream.topicLanes.get(recipient);
        return lane != null ? lane : core.lane(stream.sender, recipient, LaneClass.TOPIC);
    }

    /** A reply answers a request that its sender has in its window, and acks it in the same step (I36). */
    private @Nullable ErrorCode reply(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        long acks = HeaderBlock.find(b, at, HeaderKey.ACKS);
        if (acks < 0 || HeaderBlock.lengthOf(acks) != HeaderKey.ACKS_BYTES) {
            return ErrorCode.BAD_FRAME;
        }
        long epoch = b.getLong(HeaderBlock.offsetOf(acks) + 8);
        long seq = b.getLong(HeaderBlock.offsetOf(acks) + 16);
        Agent requester = recipient(stream);
        Lane request = requester == null ? null : requestLane(session, requester, b.getInt(HeaderBlock.offsetOf(acks)));
        boolean resent = isResent(b, at);
        if (requester == null || (!resent && !isInWindow(request, epoch, seq))) {
            return ErrorCode.NO_PENDING_REQUEST;
        }
        if (epoch < requester.durableEpoch) { // a crash may forget a newer one, and then the requester is there again
            ackRequest(request, epoch, seq);
            return ErrorCode.REQUESTER_GONE;
        }
        ErrorCode refusal = OWN_NAMES.contains(requester.name)
                ? answer(session, stream, seq, b, at)
                : direct(session, stream, b, at, kind);
        if (refusal == null) {
            core.count(Counter.REPLIES);
            ackRequest(request, epoch, seq);
        }
        return refusal;
    }

    /** A reply to the daemon itself: accepted as any, and then in nobody's lane. */
    private @Nullable ErrorCode answer(Session session, Stream stream, long request, ByteBuffer b, int at) {
        long error = HeaderBlock.find(b, at, HeaderKey.ERROR_TEXT);
        Message m = accept(session.owner(), stream, b, at, 0);
        m.flags &= ~Flags.WANT_RESULT;
        accepted(m);
        ownReplies.onReply(
                session.owner(),
                request,
                payload(b, at),
                error < 0 ? null : text(b, HeaderBlock.offsetOf(error), HeaderBlock.lengthOf(error)));
        return null;
    }

    private static String payload(ByteBuffer b, int at) {
        return text(b, MessageHeader.payloadAt(b, at), MessageHeader.payloadLength(b, at));
    }

    private static String text(ByteBuffer b, int from, int length) {
        byte[] bytes = new byte[length];
        b.get(from, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The lane that the request came by: of its recipient, or of one of its partitions. */
    private static @Nullable Lane requestLane(Session session, Agent requester, int handle) {
        Lane named = session.lane(handle);
        boolean isOfGroup = named != null && named.laneClass == LaneClass.GROUP && named.sender == requester;
        return isOfGroup ? named : session.owner().lanes.get(Agent.laneKey(LaneClass.MESSAGE, requester.name));
    }

    private static boolean isInWindow(@Nullable Lane lane, long epoch, long seq) {
        int i = lane == null ? -1 : lane.find(epoch, seq);
        return lane != null && i >= 0 && lane.hasMessage(i) && lane.state(i) == Lane.FLIGHT;
    }

    private void ackRequest(@Nullable Lane lane, long epoch, long seq) {
        if (lane != null && delivery.acks.ackOne(lane, epoch, seq)) {
            delivery.acks.afterAck(lane);
        }
    }

    private Message accept(Agent sender, Stream stream, ByteBuffer b, int at, int kind) {
        Message m = copy(stream, b, at, kind);
        m.origin = sender;
        stream.mark = m.seq;
        core.dirtyMark(stream);
        stream.unreceipted.add(m, m.seq);
        sender.unreceiptedMessages++;
        sender.unreceiptedBytes += m.length;
        core.pool.retain(m);
        m.acceptedNs = core.nowNs;
        core.unsaved.add(m, m.seq);
        core.unsafeUnsaved++;
        core.count(Counter.ACCEPTED);
        core.trace.note(Trace.Event.ACCEPTED, m, 0, 0);
        return m;
    }

    /** After its lanes have it: the sender's own later acks wait for it, and it may be finished already. */
    private void accepted(Message m) {
        receipts.settle(m);
        if (!m.isSafe && m.origin != null) {
            receipts.onAccepted(m.origin, m);
        }
        core.isCommitUrgent |= !m.isSafe && (m.has(Receipts.NEEDS_DISK) || !isWithRecipients(m));
    }

    /** Every recipient has been given it, so that its ack may come before a commit would. */
    private static boolean isWithRecipients(Message m) {
        for (int i = 0; i < m.lanes.size(); i++) {
            Lane lane = m.lanes.get(i);
            if (lane.spilled > 0 || lane.cursor < lane.size()) {
                return false;
            }
        }
        return true;
    }

    private Message copy(Stream stream, ByteBuffer b, int at, int kind) {
        Message m = core.pool.copy(b, at, (int) Frames.len(b, at));
        m.stream = stream;
        m.epoch = MessageHeader.epoch(b, at);
        m.seq = MessageHeader.seq(b, at);
        m.flags = MessageHeader.flags(b, at);
        m.frame.putLong(Message.EXPIRY_AT, 0);
        MessageHeader.type(m.frame, 0, FrameType.DELIVER);
        MessageHeader.kind(m.frame, 0, kind);
        long ttlMs = MessageHeader.ttlMs(b, at);
        m.expiresAtNs = ttlMs == 0 ? 0 : core.clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ttlMs);
        return m;
    }

    /** Seen before: the receipt again, and the outcome if there is one. */
    private void onDuplicate(Stream stream, ByteBuffer b, int at, long seq) {
        core.count(Counter.DUPLICATES);
        stream.isReceiptAsked = true;
        core.dirtyReceipt(stream);
        if ((MessageHeader.flags(b, at) & Flags.WANT_RESULT) == 0) {
            return;
        }
        AppIdIndex index = appIds.index(stream.sender);
        if ((MessageHeader.flags(b, at) & Flags.APP_ID) != 0 && index != null && AppIds.isLegal(b, at)) {
            int found = appIds.find(stream.sender, b, at);
            boolean isOwn = found >= 0
                    && index.stream(found) == stream.id
                    && index.epoch(found) == stream.epoch
                    && index.seq(found) == seq;
            if (found >= 0 && !isOwn) {
                askForTwin(stream, b, at, index, found);
                return;
            }
        }
        results.ask(stream, seq);
    }

    private void onExpress(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        Agent recipient = recipient(stream);
        Session to = recipient == null ? null : recipient.session;
        if (stream.refusedSeq != 0 && MessageHeader.seq(b, at) > stream.refusedSeq) {
            refuse(session, b, at, ErrorCode.PRECEDING_REFUSED);
        } else if (recipient == null) {
            refuse(session, b, at, ErrorCode.NO_SUCH_RECIPIENT);
        } else if (to == null || !to.isOpen()) {
            refuse(session, b, at, ErrorCode.RECIPIENT_OFFLINE);
        } else if (!delivery.pump.canTakeExpress(to)) {
            refuse(session, b, at, ErrorCode.QUEUE_FULL);
        } else if (stream.sender.quota != null && stream.sender.quota.waitMs(core.nowNs) > 0) {
            refuse(session, b, at, ErrorCode.RATE_LIMITED);
        } else if (groups.refusalOfFenced(session, b, at) != null) {
            refuse(session, b, at, ErrorCode.NOT_OWNER);
        } else {
            if (stream.sender.quota != null) {
                stream.sender.quota.take(core.nowNs, Frames.len(b, at));
            }
            stream.refusedSeq = 0;
            Message m = copy(stream, b, at, kind);
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
        }
    }

    /**
     * Puts a dead letter back: a new acceptance on the redrive stream to its recipient; id and payload stay. Each life of the daemon redrives under an epoch of its own: a position that
     * was delivered and lost with a crash must never name another message.
     */
    long redrive(Agent recipient, ByteBuffer b) {
        core.count(Counter.REDRIVEN);
        MessageHeader.ttlMs(b, 0, 0);
        return originate(REDRIVER, recipient, b, Flags.RESENT);
    }

    /** Accepts a message of the daemon's own; {@code own} is one of {@link #OWN_NAMES}. Its kind is the daemon's number. Returns its seq. */
    long originate(String own, Agent recipient, ByteBuffer b, int flags) {
        Agent self = core.addAgent(recipient.namespace, own, -1);
        self.durableEpoch = Math.max(core.recovered.bootNo() << 32, self.durableEpoch);
        Stream stream = core.stream(self, recipient.name, LaneClass.MESSAGE);
        if (self.epoch != core.recovered.bootNo() << 32) {
            self.epoch = core.recovered.bootNo() << 32;
            core.saveAgent(self);
        }
        stream.resume(self.epoch, 0, core::receipted);
        self.durableEpoch = stream.epoch; // made of the boot number, which is durable
        MessageHeader.epoch(b, 0, stream.epoch);
        MessageHeader.seq(b, 0, stream.mark + 1);
        MessageHeader.flags(b, 0, flags);
        Message m = accept(self, stream, b, 0, MessageHeader.kind(b, 0));
        delivery.enqueue(core.lane(self, recipient, LaneClass.MESSAGE), m, false);
        accepted(m);
        return m.seq;
    }

    /** Why a message of the daemon's own cannot be accepted now, or null. */
    @Nullable
    ErrorCode refusalOfOwn(Agent recipient, ByteBuffer b) {
        if (core.isShuttingDown || core.storeState == BusSnapshot.StoreState.FAILED) {
            return ErrorCode.SHUTTING_DOWN;
        }
        if (core.storeState == BusSnapshot.StoreState.FULL) {
            return ErrorCode.STORAGE_FULL;
        }
        MessageHeader.flags(b, 0, 0);
        return isFull(recipient, b, 0) ? ErrorCode.MAILBOX_FULL : null;
    }

    /** Where a mark keeps what is behind a refusal out, nothing is to do; express has none. */
    private static void holdBehind(@Nullable Stream stream, long seq) {
        if (stream == null || stream.streamClass != LaneClass.EXPRESS) {
            return;
        }
        stream.refusedSeq = stream.refusedSeq == 0 ? seq : Math.min(seq, stream.refusedSeq);
    }

    private int retryAfterMs(Session session, ErrorCode code) {
        Quota quota = session.owner().quota;
        if (code == ErrorCode.RATE_LIMITED && quota != null) {
            return Math.max(1, quota.waitMs(core.nowNs));
        }
        return code.isRetryable() ? RETRY_AFTER_MS : 0;
    }

    void refuse(Session session, ByteBuffer b, int at, ErrorCode code) {
        core.count(Counter.REFUSED);
        core.refused[code.number()]++;
        holdBehind(session.streams.get(MessageHeader.handle(b, at)), MessageHeader.seq(b, at));
        core.trace.note(Trace.Event.REFUSED, b, at, 0, code.number());
        FrameWriter.refused(
                session.connection.reserve(Frames.REFUSED_BYTES),
                MessageHeader.handle(b, at),
                code,
                retryAfterMs(session, code),
                MessageHeader.seq(b, at),
                MessageHeader.idMsb(b, at),
                MessageHeader.idLsb(b, at));
        session.connection.commit();
    }
}
