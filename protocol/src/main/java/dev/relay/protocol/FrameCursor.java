package dev.relay.protocol;

import java.nio.ByteBuffer;

/** Cuts whole frames out of bytes that arrive in pieces. Stateless: the caller keeps the offset. */
public final class FrameCursor {
    /** Fewer than a whole frame's bytes are there. */
    public static final int INCOMPLETE = 0;
    /** The length field is below the prefix: the stream cannot be read on. */
    public static final int BROKEN = -1;
    /** The length field is above the limit. */
    public static final int OVERSIZED = -2;

    /** Length of the whole frame at {@code at}, or one of the constants; {@code end} is the first absent byte. */
    public static int next(ByteBuffer b, int at, int end, int maxFrameBytes) {
        if (end - at < 4) {
            return INCOMPLETE;
        }
        long len = Frames.len(b, at);
        if (len < Frames.PREFIX_BYTES) {
            return BROKEN;
        }
        if (len > maxFrameBytes) {
            return OVERSIZED;
        }
        return len <= end - at ? (int) len : INCOMPLETE;
    }

    private FrameCursor() {}
}
