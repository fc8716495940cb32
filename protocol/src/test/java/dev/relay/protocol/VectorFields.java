package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns frames into the field maps of the vector files and back, through the public codec only. */
final class VectorFields {
    private static final HexFormat HEX = HexFormat.of();

    static Map<String, Object> decode(ByteBuffer f) {
        int type = Frames.type(f, 0);
        Map<String, Object> m = new LinkedHashMap<>();
        if (FrameType.isControl(type)) {
            m.put("json", Json.control(f, 0));
            return m;
        }
        switch (type) {
            case FrameType.SEND, FrameType.DELIVER -> message(m, f);
            case FrameType.SENT ->
                put(
                        m,
                        "by",
                        Frames.b6(f, 0),
                        "handle",
                        Frames.handle(f, 0),
                        "epoch",
                        Frames.epoch(f, 0),
                        "upto",
                        Frames.seq(f, 0));
            case FrameType.REFUSED ->
                put(
                        m,
                        "handle",
                        Frames.handle(f, 0),
                        "code",
                        Frames.refusedCode(f, 0),
                        "retry_after_ms",
                        Frames.refusedRetryAfterMs(f, 0),
                        "seq",
                        Frames.seq(f, 0),
                        "id",
                        HEX.formatHex(Uuid7.bytes(Frames.refusedIdMsb(f, 0), Frames.refusedIdLsb(f, 0))));
            case FrameType.RESULT ->
                put(
                        m,
                        "outcome",
                        Frames.b6(f, 0),
                        "reason",
                        Frames.b7(f, 0),
                        "handle",
                        Frames.handle(f, 0),
                        "attempts",
                        Frames.resultAttempts(f, 0),
                        "epoch",
                        Frames.epoch(f, 0),
                        "seq",
                        Frames.seq(f, 0));
            case FrameType.ACK ->
                put(
                        m,
                        "lane",
                        Frames.handle(f, 0),
                        "epoch",
                        Frames.epoch(f, 0),
                        "floor",
                        Frames.seq(f, 0),
                        "bits",
                        Frames.ackBits(f, 0));
            case FrameType.ACK_OK ->
                put(m, "lane", Frames.handle(f, 0), "epoch", Frames.epoch(f, 0), "floor", Frames.seq(f, 0));
            case FrameType.NACK ->
                put(
                        m,
                        "nack_class",
                        Frames.b6(f, 0),
                        "lane",
                        Frames.handle(f, 0),
                        "delay_ms",
                        Frames.nackDelayMs(f, 0),
                        "epoch",
                        Frames.epoch(f, 0),
                        "seq",
                        Frames.seq(f, 0),
                        "error",
                        new String(rest(f, Frames.NACK_BYTES), StandardCharsets.UTF_8));
            case FrameType.SKIP ->
                put(
                        m,
                        "reason",
                        Frames.b6(f, 0),
                        "lane",
                        Frames.handle(f, 0),
                        "epoch",
                        Frames.epoch(f, 0),
                        "from",
                        Frames.seq(f, 0),
                        "to",
                        Frames.skipTo(f, 0));
            case FrameType.CREDIT ->
                put(
                        m,
                        "lane",
                        Frames.handle(f, 0),
                        "messages",
                        Frames.creditMessages(f, 0),
                        "bytes",
                        Frames.creditBytes(f, 0));
            case FrameType.PAUSED, FrameType.RESUMED ->
                put(m, "handle", Frames.handle(f, 0), "queued", Frames.queued(f, 0));
            case FrameType.MATCHED ->
                put(
                        m,
                        "handle",
                        Frames.handle(f, 0),
                        "seq",
                        Frames.matchedSeq(f, 0),
                        "durable",
                        Frames.matchedDurable(f, 0),
                        "live",
                        Frames.matchedLive(f, 0));
            default -> put(m, "t", Frames.pingTime(f, 0));
        }
        return m;
    }

    private static void message(Map<String, Object> m, ByteBuffer f) {
        put(
                m,
                "flags",
                MessageHeader.flags(f, 0),
                "priority",
                MessageHeader.priority(f, 0),
                "content",
                MessageHeader.content(f, 0),
                "handle",
                MessageHeader.handle(f, 0),
                "kind",
                MessageHeader.kind(f, 0),
                "epoch",
                MessageHeader.epoch(f, 0),
                "seq",
                MessageHeader.seq(f, 0),
                "ttl_ms",
                MessageHeader.ttlMs(f, 0),
                "attempt",
                MessageHeader.attempt(f, 0),
                "id",
                HEX.formatHex(Uuid7.bytes(MessageHeader.idMsb(f, 0), MessageHeader.idLsb(f, 0))));
        List<Object> block = new ArrayList<>();
        for (int key = HeaderKey.TOPIC; key <= HeaderKey.FENCE; key++) {
            long found = HeaderBlock.find(f, 0, key);
            if (found >= 0) {
                byte[] bytes = new byte[HeaderBlock.lengthOf(found)];
                f.get(HeaderBlock.offsetOf(found), bytes);
                Map<String, Object> entry = new LinkedHashMap<>();
                put(entry, "key", key, "hex", HEX.formatHex(bytes));
                block.add(entry);
            }
        }
        m.put("block", block);
        m.put("payload_hex", HEX.formatHex(rest(f, MessageHeader.payloadAt(f, 0))));
    }

    static byte[] encode(int type, Map<String, Object> m) {
        ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        if (FrameType.isControl(type)) {
            @SuppressWarnings("unchecked")
            Map<String, Object> json = (Map<String, Object>) get(m, "json");
            FrameWriter.control(out, type, json);
        } else {
            fixed(out, type, m);
        }
        return HEX.parseHex(HEX.formatHex(out.array(), 0, out.position()));
    }

    private static void fixed(ByteBuffer out, int type, Map<String, Object> m) {
        switch (type) {
            case FrameType.SEND, FrameType.DELIVER ->
                FrameWriter.message(
                        out,
                        type,
                        i(m, "flags"),
                        i(m, "priority"),
                        i(m, "content"),
                        i(m, "handle"),
                        i(m, "kind"),
                        l(m, "epoch"),
                        l(m, "seq"),
                        (int) l(m, "ttl_ms"),
                        i(m, "attempt"),
                        id(m).getLong(0),
                        id(m).getLong(8),
                        block(m),
                        ByteBuffer.wrap(HEX.parseHex(s(m, "payload_hex"))));
            case FrameType.SENT -> FrameWriter.sent(out, i(m, "by"), i(m, "handle"), l(m, "epoch"), l(m, "upto"));
            case FrameType.REFUSED ->
                FrameWriter.refused(
                        out,
                        i(m, "handle"),
                        Objects.requireNonNull(ErrorCode.byNumber(i(m, "code"))),
                        i(m, "retry_after_ms"),
                        l(m, "seq"),
                        id(m).getLong(0),
                        id(m).getLong(8));
            case FrameType.RESULT ->
                FrameWriter.result(
                        out,
                        i(m, "handle"),
                        i(m, "outcome"),
                        i(m, "reason"),
                        i(m, "attempts"),
                        l(m, "epoch"),
                        l(m, "seq"));
            case FrameType.ACK -> FrameWriter.ack(out, i(m, "lane"), l(m, "epoch"), l(m, "floor"), l(m, "bits"));
            case FrameType.ACK_OK -> FrameWriter.ackOk(out, i(m, "lane"), l(m, "epoch"), l(m, "floor"));
            case FrameType.NACK ->
                FrameWriter.nack(
                        out,
                        i(m, "lane"),
                        i(m, "nack_class"),
                        i(m, "delay_ms"),
                        l(m, "epoch"),
                        l(m, "seq"),
                        GoldenVectorTest.utf8(s(m, "error")));
            case FrameType.SKIP ->
                FrameWriter.skip(out, i(m, "lane"), i(m, "reason"), l(m, "epoch"), l(m, "from"), l(m, "to"));
            case FrameType.CREDIT -> FrameWriter.credit(out, i(m, "lane"), i(m, "messages"), l(m, "bytes"));
            case FrameType.PAUSED -> FrameWriter.paused(out, i(m, "handle"), i(m, "queued"));
            case FrameType.RESUMED -> FrameWriter.resumed(out, i(m, "handle"), i(m, "queued"));
            case FrameType.MATCHED ->
                FrameWriter.matched(out, i(m, "handle"), l(m, "seq"), i(m, "durable"), i(m, "live"));
            case FrameType.PING -> FrameWriter.ping(out, l(m, "t"));
            case FrameType.PONG -> FrameWriter.pong(out, l(m, "t"));
            default -> throw new IllegalStateException("no fixed layout: type=" + type);
        }
    }

    private static byte[] block(Map<String, Object> m) {
        HeaderBlock.Builder builder = new HeaderBlock.Builder();
        for (Object o : (List<?>) get(m, "block")) {
            Map<?, ?> entry = (Map<?, ?>) o;
            int key = ((Number) Objects.requireNonNull(entry.get("key"))).intValue();
            builder.put(key, HEX.parseHex((String) Objects.requireNonNull(entry.get("hex"))));
        }
        return builder.build();
    }

    private static ByteBuffer id(Map<String, Object> m) {
        return ByteBuffer.wrap(HEX.parseHex(s(m, "id")));
    }

    private static byte[] rest(ByteBuffer f, int from) {
        byte[] bytes = new byte[f.limit() - from];
        f.get(from, bytes);
        return bytes;
    }

    private static Object get(Map<String, Object> m, String key) {
        return Objects.requireNonNull(m.get(key), key);
    }

    private static int i(Map<String, Object> m, String key) {
        return (int) l(m, key);
    }

    private static long l(Map<String, Object> m, String key) {
        return ((Number) get(m, key)).longValue();
    }

    private static String s(Map<String, Object> m, String key) {
        return (String) get(m, key);
    }

    private static void put(Map<String, Object> m, Object... pairs) {
        for (int k = 0; k < pairs.length; k += 2) {
            Object value = pairs[k + 1] instanceof Integer n ? (Object) (long) n : pairs[k + 1];
            m.put((String) pairs[k], value);
        }
    }

    private VectorFields() {}
}
