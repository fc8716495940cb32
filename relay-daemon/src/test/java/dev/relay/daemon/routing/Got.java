package dev.relay.daemon.routing;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A frame that a peer got: a whole copy at offset 0. */
record Got(ByteBuffer b) {
    int type() {
        return Frames.type(b, 0);
    }

    int lane() {
        return Frames.handle(b, 0);
    }

    long epoch() {
        return Frames.epoch(b, 0);
    }

    long seq() {
        return Frames.seq(b, 0);
    }

    int by() {
        return Frames.b6(b, 0);
    }

    int attempt() {
        return MessageHeader.attempt(b, 0);
    }

    boolean has(int flag) {
        return (Frames.flags(b, 0) & flag) != 0;
    }

    int code() {
        return Frames.refusedCode(b, 0);
    }

    Map<String, @Nullable Object> json() {
        return Json.control(b, 0);
    }

    String payload() {
        byte[] bytes = new byte[MessageHeader.payloadLength(b, 0)];
        b.get(MessageHeader.payloadAt(b, 0), bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return FrameType.nameOf(type())
                + (FrameType.isControl(type()) ? json().toString() : b.capacity() < 32 ? "" : " seq=" + seq());
    }
}
