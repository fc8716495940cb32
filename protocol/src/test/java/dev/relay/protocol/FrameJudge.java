package dev.relay.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The whole judgement of a reader, control JSON included. */
final class FrameJudge {
    static @Nullable ErrorCode judge(ByteBuffer frame) {
        ErrorCode refusal = FrameCheck.refusal(frame, 0, frame.limit(), Limits.MAX_FRAME_BYTES);
        if (refusal != null || !FrameType.isControl(Frames.type(frame, 0))) {
            return refusal;
        }
        try {
            Json.control(frame, 0);
            return null;
        } catch (JsonException e) {
            return ErrorCode.BAD_FRAME;
        }
    }

    private FrameJudge() {}
}
