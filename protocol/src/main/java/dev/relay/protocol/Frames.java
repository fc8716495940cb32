package dev.relay.protocol;

import java.nio.ByteBuffer;

/**
 * Reads the fixed fields of any frame in a little-endian buffer. {@code at} is the absolute offset of the frame's first byte;
 * positions and limits are never changed. The caller has checked that the frame is whole ({@link FrameCursor}).
 */
public final class Frames {
    public static final int PREFIX_BYTES = 8;
    public static final int SENT_BYTES = 32;
    public static final int REFUSED_BYTES = 48;
    public static final int RESULT_BYTES = 32;
    public static final int ACK_BYTES = 40;
    public static final int ACK_OK_BYTES = 32;
    public static final int NACK_BYTES = 32;
    public static final int SKIP_BYTES = 40;
    public static final int CREDIT_BYTES = 24;
    public static final int PRESSURE_BYTES = 16;
    public static final int MATCHED_BYTES = 32;
    public static final int PING_BYTES = 16;

    /** {@code by} of SENT. */
    public static final int BY_DISK = 1;

    public static final int BY_ACK = 2;
    public static final int BY_LIVE = 3;
    /** Outcome of RESULT. */
    public static final int ACKED = 1;

    public static final int DEAD = 2;
    /** Class of NACK. */
    public static final int NACK_ERROR = 1;

    public static final int NACK_REFUSED = 2;
    public static final int NACK_NO_HANDLER = 3;
    public static final int NACK_TIMEOUT = 4;

    /** Fewest bytes that a frame of this type can have; 8 for control and unknown types. */
    public static int minimumBytes(int type) {
        return switch (type) {
            case FrameType.SEND, FrameType.DELIVER -> MessageHeader.BYTES;
            case FrameType.REFUSED -> REFUSED_BYTES;
            case FrameType.ACK, FrameType.SKIP -> ACK_BYTES;
            case FrameType.SENT, FrameType.RESULT, FrameType.ACK_OK, FrameType.NACK, FrameType.MATCHED -> SENT_BYTES;
            case FrameType.CREDIT -> CREDIT_BYTES;
            case FrameType.PAUSED, FrameType.RESUMED, FrameType.PING, FrameType.PONG -> PING_BYTES;
            default -> PREFIX_BYTES;
        };
    }

    /** Most bytes that a frame of this type can have; that of any frame for messages and unknown types. */
    public static int maximumBytes(int type) {
        if (FrameType.isControl(type)) {
            return Limits.MAX_CONTROL_BYTES;
        }
        return switch (type) {
            case FrameType.NACK -> NACK_BYTES + Limits.MAX_ERROR_TEXT_BYTES;
            case FrameType.SEND, FrameType.DELIVER -> Limits.MAX_FRAME_BYTES;
            default -> FrameType.isKnown(type) ? minimumBytes(type) : Limits.MAX_FRAME_BYTES;
        };
    }

    /** True when the frame's length is one that its type can have. */
    public static boolean isSized(ByteBuffer b, int at) {
        int type = type(b, at);
        return len(b, at) >= minimumBytes(type) && len(b, at) <= maximumBytes(type);
    }

    /** Length of the whole frame as an unsigned number. */
    public static long len(ByteBuffer b, int at) {
        return b.getInt(at) & 0xFFFF_FFFFL;
    }

    public static int type(ByteBuffer b, int at) {
        return b.get(at + 4) & 0xFF;
    }

    public static int flags(ByteBuffer b, int at) {
        return b.get(at + 5) & 0xFF;
    }

    public static int b6(ByteBuffer b, int at) {
        return b.get(at + 6) & 0xFF;
    }

    public static int b7(ByteBuffer b, int at) {
        return b.get(at + 7) & 0xFF;
    }

    /** Stream or lane handle: every frame that has one keeps it at offset 8. */
    public static int handle(ByteBuffer b, int at) {
        return b.getInt(at + 8);
    }

    /** Epoch of SENT, RESULT, ACK, ACK_OK, NACK, SKIP (and SEND, DELIVER). */
    public static long epoch(ByteBuffer b, int at) {
        return b.getLong(at + 16);
    }

    /** The number at offset 24: upto of SENT, seq of REFUSED, RESULT and NACK, floor of ACK and ACK_OK, from of SKIP. */
    public static long seq(ByteBuffer b, int at) {
        return b.getLong(at + 24);
    }

    public static int refusedCode(ByteBuffer b, int at) {
        return b.getShort(at + 12) & 0xFFFF;
    }

    public static int refusedRetryAfterMs(ByteBuffer b, int at) {
        return b.getInt(at + 16);
    }

    public static long refusedIdMsb(ByteBuffer b, int at) {
        return Long.reverseBytes(b.getLong(at + 32));
    }

    public static long refusedIdLsb(ByteBuffer b, int at) {
        return Long.reverseBytes(b.getLong(at + 40));
    }

    public static int resultAttempts(ByteBuffer b, int at) {
        return b.getShort(at + 12) & 0xFFFF;
    }

    public static long ackBits(ByteBuffer b, int at) {
        return b.getLong(at + 32);
    }

    public static int nackDelayMs(ByteBuffer b, int at) {
        return b.getInt(at + 12);
    }

    public static long skipTo(ByteBuffer b, int at) {
        return b.getLong(at + 32);
    }

    public static int creditMessages(ByteBuffer b, int at) {
        return b.getInt(at + 12);
    }

    public static long creditBytes(ByteBuffer b, int at) {
        return b.getLong(at + 16);
    }

    /** Queue length in PAUSED and RESUMED. */
    public static int queued(ByteBuffer b, int at) {
        return b.getInt(at + 12);
    }

    public static long matchedSeq(ByteBuffer b, int at) {
        return b.getLong(at + 16);
    }

    public static int matchedDurable(ByteBuffer b, int at) {
        return b.getInt(at + 24);
    }

    public static int matchedLive(ByteBuffer b, int at) {
        return b.getInt(at + 28);
    }

    /** The number that PONG copies from PING. */
    public static long pingTime(ByteBuffer b, int at) {
        return b.getLong(at + 8);
    }

    private Frames() {}
}
