package dev.relay.protocol;

import java.nio.ByteBuffer;

/**
 * The 64-byte header of SEND and DELIVER, read and patched in place in a little-endian buffer at absolute offset {@code at}.
 * The id is big-endian on the wire, so that its bytes sort as the UUID does.
 */
public final class MessageHeader {
    public static final int BYTES = 64;
    public static final int TYPE_AT = 4;
    public static final int FLAGS_AT = 5;
    public static final int PRIORITY_AT = 6;
    public static final int CONTENT_AT = 7;
    public static final int HANDLE_AT = 8;
    public static final int KIND_AT = 12;
    public static final int EPOCH_AT = 16;
    public static final int SEQ_AT = 24;
    public static final int TTL_AT = 32;
    public static final int BLOCK_AT = 36;
    public static final int ATTEMPT_AT = 38;
    public static final int ID_AT = 40;

    public static int flags(ByteBuffer b, int at) {
        return b.get(at + FLAGS_AT) & 0xFF;
    }

    public static void flags(ByteBuffer b, int at, int flags) {
        b.put(at + FLAGS_AT, (byte) flags);
    }

    public static void type(ByteBuffer b, int at, int type) {
        b.put(at + TYPE_AT, (byte) type);
    }

    public static int priority(ByteBuffer b, int at) {
        return b.get(at + PRIORITY_AT) & 0xFF;
    }

    public static int content(ByteBuffer b, int at) {
        return b.get(at + CONTENT_AT) & 0xFF;
    }

    public static int handle(ByteBuffer b, int at) {
        return b.getInt(at + HANDLE_AT);
    }

    public static void handle(ByteBuffer b, int at, int handle) {
        b.putInt(at + HANDLE_AT, handle);
    }

    public static int kind(ByteBuffer b, int at) {
        return b.getInt(at + KIND_AT);
    }

    public static void kind(ByteBuffer b, int at, int kind) {
        b.putInt(at + KIND_AT, kind);
    }

    public static long epoch(ByteBuffer b, int at) {
        return b.getLong(at + EPOCH_AT);
    }

    public static void epoch(ByteBuffer b, int at, long epoch) {
        b.putLong(at + EPOCH_AT, epoch);
    }

    public static long seq(ByteBuffer b, int at) {
        return b.getLong(at + SEQ_AT);
    }

    public static void seq(ByteBuffer b, int at, long seq) {
        b.putLong(at + SEQ_AT, seq);
    }

    public static long ttlMs(ByteBuffer b, int at) {
        return b.getInt(at + TTL_AT) & 0xFFFF_FFFFL;
    }

    public static void ttlMs(ByteBuffer b, int at, long ttlMs) {
        b.putInt(at + TTL_AT, (int) ttlMs);
    }

    /** Length of the header block in bytes. */
    public static int block(ByteBuffer b, int at) {
        return b.getShort(at + BLOCK_AT) & 0xFFFF;
    }

    public static int attempt(ByteBuffer b, int at) {
        return b.getShort(at + ATTEMPT_AT) & 0xFFFF;
    }

    public static void attempt(ByteBuffer b, int at, int attempt) {
        b.putShort(at + ATTEMPT_AT, (short) attempt);
    }

    public static long idMsb(ByteBuffer b, int at) {
        return Long.reverseBytes(b.getLong(at + ID_AT));
    }

    public static long idLsb(ByteBuffer b, int at) {
        return Long.reverseBytes(b.getLong(at + ID_AT + 8));
    }

    /** Absolute offset of the payload. */
    public static int payloadAt(ByteBuffer b, int at) {
        return at + BYTES + block(b, at);
    }

    /** Length of the payload; negative when the header block claims more than the frame has, which {@link #isSound} refuses. */
    public static int payloadLength(ByteBuffer b, int at) {
        return (int) Frames.len(b, at) - BYTES - block(b, at);
    }

    /** True when header, header block and payload fit the frame and the header block fits its limit. */
    public static boolean isSound(ByteBuffer b, int at) {
        return Frames.len(b, at) >= BYTES
                && block(b, at) <= Limits.MAX_HEADER_BLOCK_BYTES
                && payloadLength(b, at) >= 0
                && HeaderBlock.isSound(b, at);
    }

    private MessageHeader() {}
}
