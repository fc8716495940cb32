package dev.relay.daemon;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One frame that a test client received: a whole copy at offset 0. */
record Frame(ByteBuffer b) {
    int type() {
        return Frames.type(b, 0);
    }

    boolean is(int type) {
        return type() == type;
    }

    long seq() {
        return Frames.seq(b, 0);
    }

    int flags() {
        return Frames.flags(b, 0);
    }

    Map<String, @Nullable Object> json() {
        return Json.control(b, 0);
    }

    String payload() {
        int at = MessageHeader.payloadAt(b, 0);
        byte[] bytes = new byte[MessageHeader.payloadLength(b, 0)];
        b.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return FrameType.nameOf(type()) + (FrameType.isControl(type()) ? json().toString() : " " + Frames.len(b, 0));
    }
}
