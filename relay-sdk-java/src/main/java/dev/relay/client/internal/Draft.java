package dev.relay.client.internal;

import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import org.jspecify.annotations.Nullable;

/**
 * A message that the user has asked for, before the session numbers it. Arrays are not copied and must not change.
 *
 * @param kind the message's kind, empty for none
 * @param flags of {@link dev.relay.protocol.Flags}; RESENT is the session's own
 * @param attachment the owner's, handed back with every event
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; wrapping each payload would cost an object per message
public record Draft(
        StreamKey stream,
        String kind,
        int flags,
        int priority,
        int content,
        int ttlMs,
        byte[] block,
        byte[] payload,
        @Nullable Object attachment) {
    /** A plain message. */
    public static Draft of(StreamKey stream, String kind, byte[] payload) {
        return new Draft(stream, kind, 0, 0, 0, 0, HeaderBlock.EMPTY, payload, null);
    }

    /** What it takes of the outbox: header block and payload. */
    int bytes() {
        return block.length + payload.length;
    }

    /** The same as a reply, with the header block that names what it answers. */
    Draft asReply(byte[] replyBlock) {
        return new Draft(stream, kind, flags | Flags.REPLY, priority, content, ttlMs, replyBlock, payload, attachment);
    }

    /** The same with other flags. */
    public Draft withFlags(int newFlags) {
        return new Draft(stream, kind, newFlags, priority, content, ttlMs, block, payload, attachment);
    }
}
