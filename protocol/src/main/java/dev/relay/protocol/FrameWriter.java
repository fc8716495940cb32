package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Appends frames at the position of a little-endian buffer and advances it. Stateless. Allocates nothing but in {@link #control}.
 * The caller makes room first: sizes are in {@link Frames} and {@link MessageHeader}; without room the buffer throws.
 */
public final class FrameWriter {
    private static void prefix(ByteBuffer out, int len, int type, int b6, int b7) {
        out.putInt(len).put((byte) type).put((byte) 0).put((byte) b6).put((byte) b7);
    }

    /** Bytes of a message frame with this header block and payload. */
    public static int messageBytes(int blockLength, int payloadLength) {
        return MessageHeader.BYTES + blockLength + payloadLength;
    }

    /** SEND or DELIVER. The payload's remaining bytes are copied; its position stays. */
    public static void message(
            ByteBuffer out,
            int type,
            int flags,
            int priority,
            int content,
            int handle,
            int kind,
            long epoch,
            long seq,
            int ttlMs,
            int attempt,
            long idMsb,
            long idLsb,
            byte[] block,
            ByteBuffer payload) {
        int length = payload.remaining();
        out.putInt(messageBytes(block.length, length)).put((byte) type).put((byte) flags);
        out.put((byte) priority).put((byte) content).putInt(handle).putInt(kind);
        out.putLong(epoch).putLong(seq).putInt(ttlMs).putShort((short) block.length);
        out.putShort((short) attempt);
        out.putLong(Long.reverseBytes(idMsb)).putLong(Long.reverseBytes(idLsb)).putLong(0);
        out.put(block);
        out.put(out.position(), payload, payload.position(), length);
        out.position(out.position() + length);
    }

    public static void sent(ByteBuffer out, int by, int handle, long epoch, long upto) {
        prefix(out, Frames.SENT_BYTES, FrameType.SENT, by, 0);
        out.putInt(handle).putInt(0).putLong(epoch).putLong(upto);
    }

    public static void refused(
            ByteBuffer out, int handle, ErrorCode code, int retryAfterMs, long seq, long idMsb, long idLsb) {
        prefix(out, Frames.REFUSED_BYTES, FrameType.REFUSED, 0, 0);
        out.putInt(handle).putShort((short) code.number()).putShort((short) 0);
        out.putInt(retryAfterMs).putInt(0).putLong(seq);
        out.putLong(Long.reverseBytes(idMsb)).putLong(Long.reverseBytes(idLsb));
    }

    /** {@code reason} is a dead-letter reason number, 0 when acked. */
    public static void result(ByteBuffer out, int handle, int outcome, int reason, int attempts, long epoch, long seq) {
        prefix(out, Frames.RESULT_BYTES, FrameType.RESULT, outcome, reason);
        out.putInt(handle).putShort((short) attempts).putShort((short) 0);
        out.putLong(epoch).putLong(seq);
    }

    public static void ack(ByteBuffer out, int lane, long epoch, long floor, long bits) {
        prefix(out, Frames.ACK_BYTES, FrameType.ACK, 0, 0);
        out.putInt(lane).putInt(0).putLong(epoch).putLong(floor).putLong(bits);
    }

    public static void ackOk(ByteBuffer out, int lane, long epoch, long floor) {
        prefix(out, Frames.ACK_OK_BYTES, FrameType.ACK_OK, 0, 0);
        out.putInt(lane).putInt(0).putLong(epoch).putLong(floor);
    }

    public static void nack(ByteBuffer out, int lane, int nackClass, int delayMs, long epoch, long seq, byte[] error) {
        prefix(out, Frames.NACK_BYTES + error.length, FrameType.NACK, nackClass, 0);
        out.putInt(lane).putInt(delayMs).putLong(epoch).putLong(seq).put(error);
    }

    public static void skip(ByteBuffer out, int lane, int reason, long epoch, long from, long to) {
        prefix(out, Frames.SKIP_BYTES, FrameType.SKIP, reason, 0);
        out.putInt(lane).putInt(0).putLong(epoch).putLong(from).putLong(to);
    }

    public static void credit(ByteBuffer out, int lane, int messages, long bytes) {
        prefix(out, Frames.CREDIT_BYTES, FrameType.CREDIT, 0, 0);
        out.putInt(lane).putInt(messages).putLong(bytes);
    }

    public static void paused(ByteBuffer out, int handle, int queued) {
        prefix(out, Frames.PRESSURE_BYTES, FrameType.PAUSED, 0, 0);
        out.putInt(handle).putInt(queued);
    }

    public static void resumed(ByteBuffer out, int handle, int queued) {
        prefix(out, Frames.PRESSURE_BYTES, FrameType.RESUMED, 0, 0);
        out.putInt(handle).putInt(queued);
    }

    public static void matched(ByteBuffer out, int handle, long seq, int durable, int live) {
        prefix(out, Frames.MATCHED_BYTES, FrameType.MATCHED, 0, 0);
        out.putInt(handle).putInt(0).putLong(seq).putInt(durable).putInt(live);
    }

    public static void ping(ByteBuffer out, long t) {
        prefix(out, Frames.PING_BYTES, FrameType.PING, 0, 0);
        out.putLong(t);
    }

    public static void pong(ByteBuffer out, long t) {
        prefix(out, Frames.PING_BYTES, FrameType.PONG, 0, 0);
        out.putLong(t);
    }

    /** The body of a control frame, for a caller that must make room before it writes. */
    public static byte[] controlBody(Map<String, ?> json) {
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    public static void control(ByteBuffer out, int type, byte[] body) {
        prefix(out, Frames.PREFIX_BYTES + body.length, type, 0, 0);
        out.put(body);
    }

    public static void control(ByteBuffer out, int type, Map<String, ?> json) {
        control(out, type, controlBody(json));
    }

    private FrameWriter() {}
}
