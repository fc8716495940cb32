package dev.relay.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What every reader checks before it believes a frame: length, type, size of the type, header block. Stateless; allocates nothing. */
public final class FrameCheck {
    /**
     * The code with which the bytes at {@code at} are refused, or null when they are a sound frame. Control frames still have to parse
     * ({@link Json#control}). A frame that is not whole is BAD_FRAME: wait for {@link FrameCursor#next} first.
     */
    public static @Nullable ErrorCode refusal(ByteBuffer b, int at, int end, int maxFrameBytes) {
        return switch (FrameCursor.next(b, at, end, maxFrameBytes)) {
            case FrameCursor.OVERSIZED -> ErrorCode.TOO_LARGE;
            case FrameCursor.BROKEN, FrameCursor.INCOMPLETE -> ErrorCode.BAD_FRAME;
            default -> isSound(b, at) ? null : ErrorCode.BAD_FRAME;
        };
    }

    /** True when a whole frame has a known type, the size of its type, and a sound header. */
    public static boolean isSound(ByteBuffer b, int at) {
        int type = Frames.type(b, at);
        if (!FrameType.isKnown(type) || !Frames.isSized(b, at)) {
            return false;
        }
        boolean isMessage = type == FrameType.SEND || type == FrameType.DELIVER;
        return !isMessage || MessageHeader.isSound(b, at);
    }

    private FrameCheck() {}
}
