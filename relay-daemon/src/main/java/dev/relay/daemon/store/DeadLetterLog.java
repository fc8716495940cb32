package dev.relay.daemon.store;

import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each dead letter that is committed, with ids and without payload or the error's text, which may hold one. Store thread only. Bounded: {@value #MOST} lines a second; what
 * is more is told as a count with the next line.
 */
final class DeadLetterLog {
    private static final Logger LOG = LoggerFactory.getLogger("dev.relay.deadletters");
    private static final int MOST = 20;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int TRACE_AT = 3;
    private static final int TRACE_END = 35;

    private long secondNs;
    private int written;
    private long leftOut;

    void committed(List<Batch.DeadLetter> letters, long nowNs) {
        for (Batch.DeadLetter letter : letters) {
            if (nowNs - secondNs >= SECOND_NS) {
                secondNs = nowNs;
                written = 0;
            }
            if (written < MOST) {
                written++;
                write(letter.row());
            } else {
                leftOut++;
            }
        }
    }

    private void write(DeadLetterRow row) {
        LOG.atWarn()
                .addKeyValue("no", row.no())
                .addKeyValue("kind", row.kind())
                .addKeyValue("sender", row.sender())
                .addKeyValue("target", row.target())
                .addKeyValue("reason", String.valueOf(DeadLetterReason.byNumber(row.reason())))
                .addKeyValue("attempts", row.attempts())
                .addKeyValue("message_id", new UUID(row.idMsb(), row.idLsb()))
                .addKeyValue("trace_id", traceId(row.frame()))
                .addKeyValue("left_out", leftOut)
                .log("dead_letter");
        leftOut = 0;
    }

    /** Empty for a frame without one, and for what is no frame. */
    private static String traceId(byte @Nullable [] frame) {
        if (frame == null || frame.length < MessageHeader.BYTES) {
            return "";
        }
        ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        boolean isSound = Frames.len(b, 0) == frame.length && MessageHeader.isSound(b, 0);
        String context = isSound ? HeaderBlock.text(b, 0, HeaderKey.TRACEPARENT) : null;
        return context == null || context.length() < TRACE_END ? "" : context.substring(TRACE_AT, TRACE_END);
    }
}
