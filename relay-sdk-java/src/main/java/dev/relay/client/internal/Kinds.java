package dev.relay.client.internal;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Kind handles of both sides. Ours are numbered once per process and told on every connection before their first use; the daemon's are
 * valid on one connection. Owned by {@link ClientSession}; bounded by {@link Limits#MAX_HANDLES}.
 */
final class Kinds {
    private static final class Kind {
        final int handle;
        long toldOn;

        Kind(int handle) {
            this.handle = handle;
        }
    }

    private final Map<String, Kind> ours = new HashMap<>();
    private final List<@Nullable String> theirs = new ArrayList<>();

    void connected() {
        theirs.clear();
    }

    /** False when there is no handle left for it. */
    boolean register(String kind) {
        if (kind.isEmpty() || ours.containsKey(kind)) {
            return true;
        }
        if (ours.size() >= Limits.MAX_HANDLES) {
            return false;
        }
        ours.put(kind, new Kind(ours.size() + 1));
        return true;
    }

    /** Our handle for a registered kind, told first when this connection has not heard it; -1 when the sink is full. */
    int tell(String kind, long connection, FrameSink sink) {
        Kind known = kind.isEmpty() ? null : ours.get(kind);
        if (known == null) {
            return 0;
        }
        if (known.toldOn != connection) {
            byte[] body = FrameWriter.controlBody(Map.of("handle", known.handle, "kind", kind));
            ByteBuffer out = sink.reserve(Frames.PREFIX_BYTES + body.length);
            if (out == null) {
                return -1;
            }
            FrameWriter.control(out, FrameType.KIND, body);
            sink.commit();
            known.toldOn = connection;
        }
        return known.handle;
    }

    void learn(int handle, String kind) {
        if (handle < 1 || handle > Limits.MAX_HANDLES) {
            throw new IllegalArgumentException("kind handle out of range: handle=" + handle);
        }
        while (theirs.size() < handle) {
            theirs.add(null);
        }
        theirs.set(handle - 1, kind);
    }

    private String meaning(int handle) {
        String kind = handle >= 1 && handle <= theirs.size() ? theirs.get(handle - 1) : null;
        return kind == null ? "" : kind;
    }

    /** Copies a DELIVER out of the reader's buffer. */
    void fill(Inbound message, ByteBuffer b, int at) {
        message.kind = meaning(b.getInt(at + MessageHeader.KIND_AT));
        message.topic = HeaderBlock.text(b, at, HeaderKey.TOPIC);
        message.flags = MessageHeader.flags(b, at);
        message.priority = MessageHeader.priority(b, at);
        message.content = MessageHeader.content(b, at);
        message.attempt = MessageHeader.attempt(b, at);
        message.ttlMs = MessageHeader.ttlMs(b, at);
        message.idMsb = MessageHeader.idMsb(b, at);
        message.idLsb = MessageHeader.idLsb(b, at);
        int blockBytes = MessageHeader.block(b, at);
        message.block = blockBytes == 0 ? HeaderBlock.EMPTY : new byte[blockBytes];
        b.get(at + MessageHeader.BYTES, message.block);
        message.payload = new byte[MessageHeader.payloadLength(b, at)];
        b.get(MessageHeader.payloadAt(b, at), message.payload);
    }

    /** The header block of a reply: ACKS first, so that its lane handle can be stamped when the reply is written. */
    byte[] replyBlock(Inbound request, byte[] more) {
        byte[] answers = new HeaderBlock.Builder()
                .answers(request.idMsb, request.idLsb, 0, request.epoch, request.seq)
                .build();
        int acks = answers.length - HeaderKey.ACKS_BYTES;
        answers[acks + HeaderKey.BY_GROUP_AT] = (byte) (request.lane.seat == null ? 0 : 1);
        byte[] block = Arrays.copyOf(answers, answers.length + more.length);
        System.arraycopy(more, 0, block, answers.length, more.length);
        return block;
    }
}
