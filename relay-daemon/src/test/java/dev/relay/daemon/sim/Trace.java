package dev.relay.daemon.sim;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Prints the frames of a run to standard output when {@code -Drelay.sim.trace=true}: for a seed that failed. */
final class Trace {
    private static final boolean IS_ON = Boolean.getBoolean("relay.sim.trace");

    static void frames(World world, String direction, byte[] bytes) {
        if (!IS_ON) {
            return;
        }
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length; at += (int) Frames.len(b, at)) {
            say(world, direction + " " + describe(b, at));
        }
    }

    static void say(World world, String what) {
        if (IS_ON) {
            System.out.println(world.nowMs() + "." + world.nanoTime() / 1_000 % 1_000 + " " + what);
        }
    }

    private static String describe(ByteBuffer b, int at) {
        int type = Frames.type(b, at);
        String name = FrameType.nameOf(type);
        if (FrameType.isControl(type)) {
            return name + " " + Json.control(b, at);
        }
        return switch (type) {
            case FrameType.SEND, FrameType.DELIVER ->
                name + " handle=" + MessageHeader.handle(b, at) + " epoch="
                        + Long.toHexString(MessageHeader.epoch(b, at))
                        + " seq=" + MessageHeader.seq(b, at) + " flags=" + MessageHeader.flags(b, at) + " attempt="
                        + MessageHeader.attempt(b, at) + " uid=" + uid(b, at) + " acks="
                        + (HeaderBlock.find(b, at, dev.relay.protocol.HeaderKey.ACKS) >= 0);
            case FrameType.ACK, FrameType.ACK_OK, FrameType.NACK, FrameType.SKIP, FrameType.SENT, FrameType.RESULT ->
                name + " handle=" + Frames.handle(b, at) + " epoch=" + Long.toHexString(Frames.epoch(b, at)) + " seq="
                        + Frames.seq(b, at) + " b6=" + Frames.b6(b, at) + " b7=" + Frames.b7(b, at)
                        + (type == FrameType.ACK ? " bits=" + Frames.ackBits(b, at) : "");
            case FrameType.REFUSED -> name + " handle=" + Frames.handle(b, at) + " code=" + Frames.refusedCode(b, at);
            case FrameType.CREDIT ->
                name + " handle=" + Frames.handle(b, at) + " messages=" + Frames.creditMessages(b, at) + " bytes="
                        + Frames.creditBytes(b, at);
            default -> name;
        };
    }

    private static long uid(ByteBuffer b, int at) {
        byte[] payload = new byte[MessageHeader.payloadLength(b, at)];
        b.get(MessageHeader.payloadAt(b, at), payload);
        return Payload.uidOf(payload);
    }

    private Trace() {}
}
