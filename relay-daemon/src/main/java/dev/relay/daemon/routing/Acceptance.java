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
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Accepts or refuses each SEND (rule R2): only the mark's successor is accepted, what is at or below the mark is a duplicate of any age, what is above
 * is refused as behind a refusal. Every refusal carries its code and the id of its call and leaves the mark where it is.
 *
 * <p>A message that is RESENT is never refused for want of room. An earlier life of the daemon may have accepted and delivered it and lost its mark in a
 * crash; refusing it would let its seq be used again for another message, which the recipient would take for the one it has handled (R8 over a restart).
 * What that adds is bounded by the sender's window. What is forbidden by now is taken too, and given to nobody, see {@link Rights}. While the daemon stops, a RESENT message is left unanswered, so that it is sent again to the next one.
 * Core thread only.
 */
final class Acceptance {
    private static final int RETRY_AFTER_MS = 10;

    private final Core core;
    private final Receipts receipts;
    private final AppIds appIds;
    private final Groups groups;
    private final Rights rights;
    private final Duplicates duplicates;
    private final DirectSends directSends;
    private final Replies replies;
    private final Publications publications;
    private final OwnMessages ownMessages;
    private final Copies copies;

    Acceptance(Core core, Receipts receipts, Delivery delivery, TopicIndex topics, Results results, AppIds appIds) {
        this.core = core;
        this.receipts = receipts;
        this.appIds = appIds;
        Room room = new Room(core);
        groups = new Groups(core);
        rights = new Rights(core);
        duplicates = new Duplicates(core, results, appIds);
        ownMessages = new OwnMessages(core, this, delivery, room);
        copies = new Copies(core, ownMessages);
        directSends = new DirectSends(core, this, delivery, room, rights, copies, groups);
        replies = new Replies(core, delivery, directSends, ownMessages);
        publications = new Publications(core, this, delivery, topics, room, rights, copies);
    }

    Copies copies() {
        return copies;
    }

    OwnMessages ownMessages() {
        return ownMessages;
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
        } else if (stream.streamClass == LaneClass.EXPRESS) {
            ErrorCode code = directSends.express(session, stream, b, at, kind);
            if (code != null) {
                refuse(session, b, at, code);
            }
        } else {
            onDurable(session, stream, b, at, kind);
        }
    }

    private void onDurable(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        long seq = MessageHeader.seq(b, at);
        if (seq <= stream.mark) {
            duplicates.onDuplicate(stream, b, at, seq);
            return;
        }
        if (rights.mayRefuse(b, at) && rights.isForbidden(session, stream, kind)) {
            refuse(session, b, at, ErrorCode.UNAUTHORIZED);
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
        ErrorCode refusal = resent ? null : general(session, b, at);
        if (refusal == null) {
            refusal = next(session, stream, b, at, kind);
        }
        if (refusal != null) {
            refuse(session, b, at, refusal);
            return;
        }
        Quota quota = session.owner().quota;
        if (quota != null) {
            quota.take(core.nowNs, Frames.len(b, at));
        }
        if (!resent && stream.streamClass != LaneClass.REPLY && MessageHeader.block(b, at) > 0) {
            replies.consume(session, b, at);
        }
    }

    private @Nullable ErrorCode next(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        return (MessageHeader.flags(b, at) & Flags.APP_ID) != 0
                ? withAppId(session, stream, b, at, kind)
                : route(session, stream, b, at, kind);
    }

    private @Nullable ErrorCode route(Session session, Stream stream, ByteBuffer b, int at, int kind) {
        return switch (stream.streamClass) {
            case LaneClass.TOPIC -> publications.publish(session, stream, b, at, kind);
            case LaneClass.REPLY -> replies.reply(session, stream, b, at, kind);
            case LaneClass.GROUP -> directSends.toGroup(session, stream, b, at, kind);
            default -> directSends.toAgent(session, stream, b, at, kind);
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
        duplicates.askForTwin(stream, b, at, index, found);
        return null;
    }

    static boolean isResent(ByteBuffer b, int at) {
        return (MessageHeader.flags(b, at) & Flags.RESENT) != 0;
    }

    /** What refuses any message of this sender now, wherever it goes. */
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
        if (full || isOutOfMemory) {
            return ErrorCode.QUEUE_FULL;
        }
        ErrorCode fenced = groups.refusalOfFenced(session, b, at);
        boolean isTooFast = sender.quota != null && sender.quota.waitMs(core.nowNs) > 0;
        return fenced == null && isTooFast ? ErrorCode.RATE_LIMITED : fenced;
    }

    /** Takes it into the next batch; the caller gives it to its lanes and then says {@link #accepted}. */
    Message accept(Agent sender, Stream stream, ByteBuffer b, int at, int kind) {
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
    void accepted(Message m) {
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

    /** A pooled copy as it will be delivered. */
    Message copy(Stream stream, ByteBuffer b, int at, int kind) {
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
        core.count(Counter.UNAUTHORIZED, code == ErrorCode.UNAUTHORIZED ? 1 : 0);
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
