package dev.relay.cli;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One frame of the bus protocol as named fields. Stateless; the frame is whole and at least as long as its type asks for. */
final class FrameText {
    private static final int MAX_PAYLOAD = 200;

    static Map<String, @Nullable Object> fields(ByteBuffer b, int at) {
        int type = Frames.type(b, at);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("at", (long) at);
        fields.put("frame", FrameType.nameOf(type));
        fields.put("bytes", Frames.len(b, at));
        if (FrameType.isControl(type)) {
            fields.put("json", Json.control(b, at));
            return fields;
        }
        switch (type) {
            case FrameType.SEND, FrameType.DELIVER -> message(fields, b, at);
            case FrameType.PING, FrameType.PONG -> fields.put("t", Frames.pingTime(b, at));
            default -> numbers(fields, type, b, at);
        }
        return fields;
    }

    private static void numbers(Map<String, @Nullable Object> fields, int type, ByteBuffer b, int at) {
        fields.put("handle", (long) Frames.handle(b, at));
        switch (type) {
            case FrameType.SENT -> {
                fields.put("by", by(Frames.b6(b, at)));
                place(fields, b, at, "upto");
            }
            case FrameType.REFUSED -> {
                ErrorCode code = ErrorCode.byNumber(Frames.refusedCode(b, at));
                fields.put("code", code == null ? Frames.refusedCode(b, at) : code.name());
                fields.put("retry_after_ms", (long) Frames.refusedRetryAfterMs(b, at));
                fields.put("seq", Frames.seq(b, at));
                fields.put("id", id(Frames.refusedIdMsb(b, at), Frames.refusedIdLsb(b, at)));
            }
            case FrameType.RESULT -> {
                fields.put("outcome", Frames.b6(b, at) == Frames.ACKED ? "acked" : "dead");
                fields.put("attempts", (long) Frames.resultAttempts(b, at));
                place(fields, b, at, "seq");
            }
            case FrameType.ACK -> {
                place(fields, b, at, "floor");
                fields.put("bits", Long.toHexString(Frames.ackBits(b, at)));
            }
            case FrameType.ACK_OK -> place(fields, b, at, "floor");
            case FrameType.NACK -> {
                fields.put("class", nack(Frames.b6(b, at)));
                fields.put("delay_ms", (long) Frames.nackDelayMs(b, at));
                place(fields, b, at, "seq");
                fields.put("error", text(b, at + Frames.NACK_BYTES, at + (int) Frames.len(b, at)));
            }
            case FrameType.SKIP -> {
                place(fields, b, at, "from");
                fields.put("to", Frames.skipTo(b, at));
            }
            case FrameType.CREDIT -> {
                fields.put("messages", (long) Frames.creditMessages(b, at));
                fields.put("credit_bytes", Frames.creditBytes(b, at));
            }
            case FrameType.PAUSED, FrameType.RESUMED -> fields.put("queued", (long) Frames.queued(b, at));
            case FrameType.MATCHED -> {
                fields.put("seq", Frames.matchedSeq(b, at));
                fields.put("durable", (long) Frames.matchedDurable(b, at));
                fields.put("live", (long) Frames.matchedLive(b, at));
            }
            default -> fields.put("unknown", true);
        }
    }

    private static void place(Map<String, @Nullable Object> fields, ByteBuffer b, int at, String name) {
        fields.put("epoch", Frames.epoch(b, at));
        fields.put(name, Frames.seq(b, at));
    }

    private static void message(Map<String, @Nullable Object> fields, ByteBuffer b, int at) {
        fields.put("handle", (long) MessageHeader.handle(b, at));
        fields.put("kind", (long) MessageHeader.kind(b, at));
        fields.put("epoch", MessageHeader.epoch(b, at));
        fields.put("seq", MessageHeader.seq(b, at));
        fields.put("id", id(MessageHeader.idMsb(b, at), MessageHeader.idLsb(b, at)));
        fields.put("flags", Long.toHexString(MessageHeader.flags(b, at)));
        fields.put("attempt", (long) MessageHeader.attempt(b, at));
        fields.put("ttl_ms", MessageHeader.ttlMs(b, at));
        header(fields, b, at, "topic", HeaderKey.TOPIC);
        header(fields, b, at, "traceparent", HeaderKey.TRACEPARENT);
        header(fields, b, at, "app_id", HeaderKey.APP_ID);
        fields.put("payload", text(b, MessageHeader.payloadAt(b, at), at + (int) Frames.len(b, at)));
    }

    private static void header(Map<String, @Nullable Object> fields, ByteBuffer b, int at, String name, int key) {
        String text = HeaderBlock.text(b, at, key);
        if (text != null) {
            fields.put(name, text);
        }
    }

    /** Text when it is text, else hexadecimal; the beginning of what is long. */
    private static String text(ByteBuffer b, int from, int to) {
        byte[] bytes = new byte[Math.max(0, Math.min(to - from, MAX_PAYLOAD))];
        b.get(from, bytes);
        String more = to - from > MAX_PAYLOAD ? "…" : "";
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean isText = text.chars().noneMatch(c -> c == 0xFFFD || (c < ' ' && c != '\n' && c != '\t'));
        boolean isCutText = !more.isEmpty() && text.indexOf(0) < 0;
        return (isText || isCutText ? text : HexFormat.of().formatHex(bytes)) + more;
    }

    private static String id(long msb, long lsb) {
        return new UUID(msb, lsb).toString();
    }

    private static String by(int number) {
        return Objects.requireNonNullElse(
                Map.of(Frames.BY_DISK, "disk", Frames.BY_ACK, "ack", Frames.BY_LIVE, "live")
                        .get(number),
                Integer.toString(number));
    }

    private static String nack(int number) {
        return switch (number) {
            case Frames.NACK_ERROR -> "error";
            case Frames.NACK_REFUSED -> "refused";
            case Frames.NACK_NO_HANDLER -> "no_handler";
            case Frames.NACK_TIMEOUT -> "timeout";
            default -> Integer.toString(number);
        };
    }

    private FrameText() {}
}
