package dev.relay.daemon.sim;

import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The payload of a simulated message: its number, and bytes that follow from it, so that a change shows (I2). */
final class Payload {
    private static final int MORE_BYTES = 40;

    static byte[] of(long uid) {
        byte[] bytes = new byte[Long.BYTES + (int) (uid % MORE_BYTES)];
        ByteBuffer.wrap(bytes).putLong(0, uid);
        for (int i = Long.BYTES; i < bytes.length; i++) {
            bytes[i] = (byte) (uid * 7 + i);
        }
        return bytes;
    }

    /** The number, or -1 when these are not the bytes of any. */
    static long uidOf(byte[] bytes) {
        if (bytes.length < Long.BYTES) {
            return -1;
        }
        long uid = ByteBuffer.wrap(bytes).getLong(0);
        return uid > 0 && Arrays.equals(bytes, of(uid)) ? uid : -1;
    }

    /** The number of the message in a stored frame, or -1. */
    static long uidOfFrame(byte @Nullable [] frame) {
        if (frame == null) {
            return -1;
        }
        ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        return uidOf(Arrays.copyOfRange(frame, Math.min(frame.length, MessageHeader.payloadAt(b, 0)), frame.length));
    }

    private Payload() {}
}
