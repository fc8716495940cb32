package dev.relay.client.internal;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes an open session's frames and gives what they say to the part that it is for: receipts to the outbox, deliveries and skips to their
 * lanes, replies to the requests that wait for them. Owned by {@link ClientSession}; keeps nothing. A frame that breaks the protocol throws
 * {@link IllegalArgumentException}, which ends the connection.
 */
final class SessionReader {
    private final Outbox outbox;
    private final Inbox inbox;
    private final Controls controls;
    private final Kinds kinds;
    private final Handshake handshake;
    private final SessionWriter writer;
    private final SessionListener listener;
    private final SessionCounters counters;
    private long connection;

    SessionReader(
            Outbox outbox,
            Inbox inbox,
            Controls controls,
            Kinds kinds,
            Handshake handshake,
            SessionWriter writer,
            SessionListener listener,
            SessionCounters counters) {
        this.outbox = outbox;
        this.inbox = inbox;
        this.controls = controls;
        this.kinds = kinds;
        this.handshake = handshake;
        this.writer = writer;
        this.listener = listener;
        this.counters = counters;
    }

    void connected(long connectionNo) {
        connection = connectionNo;
    }

    // ---- frames of fixed layout

    void onHot(int type, ByteBuffer b, int at) {
        switch (type) {
            case FrameType.DELIVER -> onDeliver(b, at);
            case FrameType.SENT -> onSent(b, at);
            case FrameType.RESULT -> onResult(b, at);
            case FrameType.REFUSED -> onRefused(b, at);
            case FrameType.MATCHED -> onMatched(b, at);
            case FrameType.SKIP -> onSkip(b, at);
            case FrameType.PAUSED, FrameType.RESUMED -> onPressure(type == FrameType.PAUSED, b, at);
            case FrameType.PING -> writer.pong(Frames.pingTime(b, at));
            default -> {
                // ACK_OK and PONG tell that the daemon lives; unknown types are a newer daemon's.
            }
        }
    }

    private void onSent(ByteBuffer b, int at) {
        if (Frames.epoch(b, at) == handshake.epoch()) {
            outbox.sent(Frames.handle(b, at), Frames.seq(b, at), Frames.b6(b, at));
        }
    }

    private void onResult(ByteBuffer b, int at) {
        if (Frames.epoch(b, at) == handshake.epoch()) {
            outbox.result(
                    Frames.handle(b, at),
                    Frames.seq(b, at),
                    Frames.b6(b, at),
                    Frames.b7(b, at),
                    Frames.resultAttempts(b, at));
        }
    }

    private void onRefused(ByteBuffer b, int at) {
        outbox.refused(
                Frames.handle(b, at),
                Frames.refusedCode(b, at),
                Frames.refusedRetryAfterMs(b, at),
                Frames.seq(b, at),
                Frames.refusedIdMsb(b, at),
                Frames.refusedIdLsb(b, at));
    }

    private void onMatched(ByteBuffer b, int at) {
        outbox.matched(
                Frames.handle(b, at),
                Frames.matchedSeq(b, at),
                Frames.matchedDurable(b, at),
                Frames.matchedLive(b, at));
    }

    private void onPressure(boolean isPaused, ByteBuffer b, int at) {
        listener.onPressure(outbox.targetOf(Frames.handle(b, at)), isPaused, Frames.queued(b, at));
    }

    // ---- deliveries

    private void onDeliver(ByteBuffer b, int at) {
        InLane lane = inbox.byHandle(Frames.handle(b, at));
        if (lane == null || !MessageHeader.isSound(b, at)) {
            throw new IllegalArgumentException("on an unknown lane or unsound: lane=" + Frames.handle(b, at));
        }
        counters.deliveredCount++;
        Inbound message = lane.deliver(Frames.epoch(b, at), Frames.seq(b, at), connection);
        if (message != null) {
            kinds.fill(message, b, at);
            taken(message, b, at);
        }
    }

    private void taken(Inbound message, ByteBuffer b, int at) {
        if (message.isRedelivered()) {
            counters.redeliveredCount++;
        }
        if ((message.flags() & Flags.REPLY) != 0) {
            onReply(message, requestOf(b, at));
        } else {
            message.lane.enqueue(message);
            listener.onReady();
        }
    }

    private void onReply(Inbound reply, @Nullable Outgoing request) {
        reply.lane.finish(reply, 0);
        if (request == null) {
            counters.lateReplyCount++;
        } else {
            counters.replyCount++;
            listener.onReply(request, reply);
        }
    }

    private @Nullable Outgoing requestOf(ByteBuffer b, int at) {
        long found = HeaderBlock.find(b, at, HeaderKey.IN_REPLY_TO);
        if (found < 0 || HeaderBlock.lengthOf(found) != 16) {
            return null;
        }
        int id = HeaderBlock.offsetOf(found);
        return outbox.takeRequest(Long.reverseBytes(b.getLong(id)), Long.reverseBytes(b.getLong(id + 8)));
    }

    private void onSkip(ByteBuffer b, int at) {
        InLane lane = inbox.byHandle(Frames.handle(b, at));
        if (lane != null) {
            counters.skippedCount++;
            lane.skip(Frames.epoch(b, at), Frames.seq(b, at), Frames.skipTo(b, at));
        }
    }

    // ---- control frames

    void onControl(int type, Fields f) {
        switch (type) {
            case FrameType.BOUND -> outbox.bound((int) f.number("handle"), f.number("mark"), f.number("safe_to"));
            case FrameType.KIND -> kinds.learn((int) f.number("handle"), f.text("kind"));
            case FrameType.LANE -> onLane(f);
            case FrameType.EVENT -> onEvent(f.textOr("event", ""), f.all());
            case FrameType.CONTROL_REPLY -> controls.reply(f.number("ref"), f.all());
            default -> {
                // A control frame that only the daemon reads.
            }
        }
    }

    private void onEvent(String event, Map<String, @Nullable Object> json) {
        if (event.equals("group")) {
            inbox.onGroup(handshake.name(), json);
        }
        listener.onEvent(event, json);
    }

    private void onLane(Fields f) {
        MessageClass messageClass = MessageClass.ofWire(f.text("class"));
        int handle = (int) f.number("lane");
        inbox.retire(f.all().get("retired"));
        if (!inbox.bind(
                handle, f.text("sender"), messageClass, Seat.of(f), connection, f.number("epoch"), f.number("floor"))) {
            throw new IllegalArgumentException("too many lanes: limit=" + Inbox.MAX_LANES);
        }
    }
}
