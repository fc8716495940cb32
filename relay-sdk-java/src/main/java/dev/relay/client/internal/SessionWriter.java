package dev.relay.client.internal;

import dev.relay.protocol.Clock;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an open session's frames: control calls, messages (BIND and KIND before their first use), acks, credit, pings; handles are stamped here.
 * Owned by {@link ClientSession}. Stops wherever the sink is full and goes on at the next call.
 */
final class SessionWriter {
    private static final Map<String, String> GOODBYE = Map.of("reason", "closed by the client");

    private final Clock clock;
    private final Outbox outbox;
    private final Inbox inbox;
    private final Controls controls;
    private final Kinds kinds;
    private long connection;
    private int creditMessages;
    private long creditBytes;
    private boolean isCreditDue;
    private boolean isPongDue;
    private boolean isGoodbyeDue;
    private long pongTime;
    private long lastWrittenNs;

    SessionWriter(Clock clock, Outbox outbox, Inbox inbox, Controls controls, Kinds kinds) {
        this.clock = clock;
        this.outbox = outbox;
        this.inbox = inbox;
        this.controls = controls;
        this.kinds = kinds;
    }

    void connected(long connectionNo) {
        connection = connectionNo;
        isCreditDue = false;
        isPongDue = false;
        lastWrittenNs = clock.nanoTime();
    }

    void credit(int messages, long bytes) {
        creditMessages = messages;
        creditBytes = bytes;
        isCreditDue = true;
    }

    void pong(long t) {
        pongTime = t;
        isPongDue = true;
    }

    void goodbye() {
        isGoodbyeDue = true;
    }

    boolean pump(FrameSink sink, Handshake handshake) {
        return controls.write(sink)
                && inbox.writeReplyAcks(sink)
                && writeMessages(sink, handshake)
                && inbox.writeAcks(sink)
                && writeCredit(sink)
                && writePongAndPing(sink, handshake.pingMs());
    }

    private boolean writeMessages(FrameSink sink, Handshake handshake) {
        OutStream stream;
        while ((stream = outbox.queue().nextToBind()) != null) {
            if (!writeBind(stream, sink)) {
                return false;
            }
            outbox.queue().bindWritten();
        }
        Outgoing message;
        while ((message = outbox.queue().next(handshake.windowMessages(), handshake.windowBytes())) != null) {
            if (!writeBind(message.stream, sink)) {
                return false;
            }
            int kind = kinds.tell(message.draft.kind(), connection, sink);
            if (kind < 0 || !writeMessage(message, kind, handshake.epoch(), sink)) {
                return false;
            }
        }
        return true;
    }

    private boolean writeMessage(Outgoing message, int kind, long epoch, FrameSink sink) {
        Draft draft = message.draft;
        ByteBuffer out = sink.reserve(message.frameBytes());
        if (out == null) {
            return false;
        }
        int at = out.position();
        int flags = draft.flags() | (message.writeCount > 0 ? Flags.RESENT : 0);
        FrameWriter.message(
                out,
                FrameType.SEND,
                flags,
                draft.priority(),
                draft.content(),
                message.stream.handle,
                kind,
                epoch,
                message.seq,
                remainingTtlMs(message),
                0,
                message.idMsb,
                message.idLsb,
                draft.block(),
                ByteBuffer.wrap(draft.payload()));
        if (message.answers != null) {
            int acks = HeaderBlock.offsetOf(HeaderBlock.find(out, at, HeaderKey.ACKS));
            out.putInt(acks, message.answers.lane.handleOn(connection));
        }
        committed(sink);
        outbox.queue().written(message);
        return true;
    }

    /** An age limit counts from the call; what is past it still goes out with its last millisecond, so that the daemon decides. */
    private int remainingTtlMs(Outgoing message) {
        int ttlMs = message.draft.ttlMs();
        if (ttlMs == 0) {
            return 0;
        }
        long elapsedMs = (clock.nanoTime() - message.submittedNs) / 1_000_000;
        return (int) Math.max(1, ttlMs - elapsedMs);
    }

    private boolean writeBind(OutStream stream, FrameSink sink) {
        if (stream.boundOn == connection) {
            return true;
        }
        Map<String, Object> bind = new LinkedHashMap<>();
        bind.put("handle", stream.handle);
        bind.put("target_kind", stream.key.targetKind());
        bind.put("target", stream.key.target());
        bind.put("class", stream.key.messageClass().wire());
        bind.put("resolved_to", stream.resolvedTo());
        byte[] body = FrameWriter.controlBody(bind);
        ByteBuffer out = sink.reserve(Frames.PREFIX_BYTES + body.length);
        if (out == null) {
            return false;
        }
        FrameWriter.control(out, FrameType.BIND, body);
        committed(sink);
        stream.boundOn = connection;
        return true;
    }

    private boolean writeCredit(FrameSink sink) {
        if (isCreditDue) {
            ByteBuffer out = sink.reserve(Frames.CREDIT_BYTES);
            if (out == null) {
                return false;
            }
            FrameWriter.credit(out, 0, creditMessages, creditBytes);
            committed(sink);
            isCreditDue = false;
        }
        return true;
    }

    private boolean writePongAndPing(FrameSink sink, long pingMs) {
        if (isPongDue) {
            ByteBuffer out = sink.reserve(Frames.PING_BYTES);
            if (out == null) {
                return false;
            }
            FrameWriter.pong(out, pongTime);
            committed(sink);
            isPongDue = false;
        }
        long now = clock.nanoTime();
        if (now - lastWrittenNs >= pingMs * 1_000_000) {
            ByteBuffer out = sink.reserve(Frames.PING_BYTES);
            if (out == null) {
                return false;
            }
            FrameWriter.ping(out, now);
            committed(sink);
        }
        return true;
    }

    boolean writeGoodbye(FrameSink sink) {
        if (!isGoodbyeDue) {
            return true;
        }
        byte[] body = FrameWriter.controlBody(GOODBYE);
        @Nullable ByteBuffer out = sink.reserve(Frames.PREFIX_BYTES + body.length);
        if (out == null) {
            return false;
        }
        FrameWriter.control(out, FrameType.GOODBYE, body);
        committed(sink);
        isGoodbyeDue = false;
        return true;
    }

    private void committed(FrameSink sink) {
        sink.commit();
        lastWrittenNs = clock.nanoTime();
    }
}
