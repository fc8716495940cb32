package dev.relay.daemon.routing;

import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Adds to a message that is put back who sent it first. Stateless. */
final class Origin {
    private static final int ENTRY_BYTES = 4;

    /** A copy of the dead letter's frame with an ORIGIN entry, unless it has one, or has no room for one within the limits of a frame. */
    static ByteBuffer marked(DeadLetterRow row) {
        byte[] frame = Objects.requireNonNull(row.frame());
        ByteBuffer b = ByteBuffer.wrap(frame.clone()).order(ByteOrder.LITTLE_ENDIAN);
        byte[] name = row.sender().getBytes(StandardCharsets.UTF_8);
        int added = ENTRY_BYTES + name.length;
        int block = MessageHeader.block(b, 0);
        if (HeaderBlock.find(b, 0, HeaderKey.ORIGIN) >= 0
                || block + added > Limits.MAX_HEADER_BLOCK_BYTES
                || frame.length + added > Limits.MAX_FRAME_BYTES) {
            return b;
        }
        int payloadAt = MessageHeader.payloadAt(b, 0);
        ByteBuffer out = ByteBuffer.allocate(frame.length + added).order(ByteOrder.LITTLE_ENDIAN);
        out.put(frame, 0, payloadAt)
                .putShort((short) HeaderKey.ORIGIN)
                .putShort((short) name.length)
                .put(name);
        out.put(frame, payloadAt, frame.length - payloadAt).flip();
        out.putInt(0, frame.length + added).putShort(MessageHeader.BLOCK_AT, (short) (block + added));
        return out;
    }

    private Origin() {}
}
