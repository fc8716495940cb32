package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The optional entries behind a message header: {@code key u16, len u16, bytes}, back to back. Stateless; reads in place. */
public final class HeaderBlock {
    /** No entries. */
    public static final byte[] EMPTY = {};

    private static final int ENTRY_BYTES = 4;
    private static final int LAST_KEY = HeaderKey.FENCE;

    /** Offset and length of an entry's bytes as {@code offset << 32 | length}, or -1 when the message at {@code at} has none. */
    public static long find(ByteBuffer b, int at, int key) {
        int end = at + MessageHeader.BYTES + MessageHeader.block(b, at);
        for (int p = at + MessageHeader.BYTES; p + ENTRY_BYTES <= end; ) {
            int length = b.getShort(p + 2) & 0xFFFF;
            if ((b.getShort(p) & 0x7FFF) == key) {
                return (long) (p + ENTRY_BYTES) << 32 | length;
            }
            p += ENTRY_BYTES + length;
        }
        return -1;
    }

    public static int offsetOf(long found) {
        return (int) (found >>> 32);
    }

    public static int lengthOf(long found) {
        return (int) found;
    }

    /** The entry as text, or null. */
    public static @Nullable String text(ByteBuffer b, int at, int key) {
        long found = find(b, at, key);
        if (found < 0) {
            return null;
        }
        byte[] bytes = new byte[lengthOf(found)];
        b.get(offsetOf(found), bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The bytes of an entry of a block by itself, or null when it has none. */
    public static byte @Nullable [] entry(byte[] block, int key) {
        for (int p = 0; p + ENTRY_BYTES <= block.length; ) {
            int length = (block[p + 2] & 0xFF) | (block[p + 3] & 0xFF) << 8;
            if (((block[p] & 0xFF) | (block[p + 1] & 0x7F) << 8) == key) {
                return Arrays.copyOfRange(block, p + ENTRY_BYTES, p + ENTRY_BYTES + length);
            }
            p += ENTRY_BYTES + length;
        }
        return null;
    }

    /** The entry of a block by itself as text, or null. */
    public static @Nullable String text(byte[] block, int key) {
        byte[] bytes = entry(block, key);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** True when the entries fill the block exactly and none that must be understood is unknown. */
    static boolean isSound(ByteBuffer b, int at) {
        int p = at + MessageHeader.BYTES;
        int end = p + MessageHeader.block(b, at);
        while (p + ENTRY_BYTES <= end) {
            int key = b.getShort(p) & 0xFFFF;
            if ((key & HeaderKey.MUST_UNDERSTAND) != 0 && !isKnown(key & 0x7FFF)) {
                return false;
            }
            p += ENTRY_BYTES + (b.getShort(p + 2) & 0xFFFF);
        }
        return p == end;
    }

    private static boolean isKnown(int key) {
        return key >= HeaderKey.TOPIC && key <= LAST_KEY;
    }

    /** Collects entries for one message; not thread-safe. Throws {@link IllegalArgumentException} past the block's limit. */
    public static final class Builder {
        private static final int SMALL_BYTES = 64;

        private ByteBuffer out = ByteBuffer.allocate(SMALL_BYTES).order(ByteOrder.LITTLE_ENDIAN);

        public Builder put(int key, byte[] bytes) {
            int needed = out.position() + ENTRY_BYTES + bytes.length;
            if (needed <= Limits.MAX_HEADER_BLOCK_BYTES && needed > out.capacity()) {
                out = ByteBuffer.allocate(Math.max(needed, 2 * out.capacity()))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(out.flip());
            }
            if (needed > Limits.MAX_HEADER_BLOCK_BYTES) {
                throw new IllegalArgumentException(
                        "header block too large: limitBytes=" + Limits.MAX_HEADER_BLOCK_BYTES + " key=" + key);
            }
            out.putShort((short) key).putShort((short) bytes.length).put(bytes);
            return this;
        }

        public Builder put(int key, String text) {
            return put(key, text.getBytes(StandardCharsets.UTF_8));
        }

        /** Adds IN_REPLY_TO and ACKS: which request a reply answers and acks. */
        public Builder answers(long idMsb, long idLsb, int lane, long epoch, long seq) {
            put(HeaderKey.IN_REPLY_TO, Uuid7.bytes(idMsb, idLsb));
            ByteBuffer acks = ByteBuffer.allocate(HeaderKey.ACKS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            acks.putInt(lane).putInt(0).putLong(epoch).putLong(seq);
            return put(HeaderKey.ACKS, acks.array());
        }

        public byte[] build() {
            byte[] block = new byte[out.position()];
            out.get(0, block);
            return block;
        }
    }

    private HeaderBlock() {}
}
