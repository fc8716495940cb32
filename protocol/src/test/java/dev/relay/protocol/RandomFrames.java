package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Frames by seed: of every type, their fields often at an edge; sound ones with the fields that they were made of, and ones that somebody has damaged. */
final class RandomFrames {
    /** A frame; {@code fields} is null when it was damaged, and nobody knows what it says. */
    record Made(byte[] frame, @Nullable Map<String, Object> fields) {}

    private static final int[] TYPES =
            IntStream.rangeClosed(1, 30).filter(FrameType::isKnown).toArray();
    private static final ErrorCode[] CODES = ErrorCode.values();
    private static final long[] EDGES = {
        0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFFL, 0x8000_0000L
    };
    private static final int MOST_BYTES = 300;
    private static final List<String> ODD = List.of(
            "1e5",
            "-0",
            "-0.0",
            "1E-400",
            "1.7976931348623157e308",
            "1.8e308",
            "0.1",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "1e1001",
            "0e1001",
            "1e99999999999",
            "0." + "1".repeat(78),
            "0." + "1".repeat(79),
            "1".repeat(80),
            "1".repeat(81),
            "-" + "1".repeat(79),
            "-" + "1".repeat(80),
            "01",
            "1.",
            ".5",
            "+1",
            "NaN",
            "-Infinity",
            "1e",
            "0x1",
            "tru",
            "\"\\ud83d\\ude00\"",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "\"\\u00e9\\/\\b\\f\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\t\"",
            "\"\u007f\"",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"\\u0061\":2}",
            "{a:1}",
            "[ 1 ,\t2 ]",
            "[1 2]",
            "'a'",
            "\uFEFF1",
            "\u00A01",
            "[".repeat(15) + "]".repeat(15),
            "[".repeat(16) + "]".repeat(16),
            "/**/1",
            "\"open");

    private final SplittableRandom random;

    RandomFrames(long seed) {
        random = new SplittableRandom(seed);
    }

    Made next() {
        int type = TYPES[random.nextInt(TYPES.length)];
        if (FrameType.isControl(type) && random.nextInt(4) == 0) {
            return new Made(oddControl(type), null);
        }
        Map<String, Object> fields = fields(type);
        byte[] frame = VectorFields.encode(type, fields);
        return random.nextInt(3) == 0 ? new Made(damaged(frame), null) : new Made(frame, fields);
    }

    // ---- sound ones

    private Map<String, Object> fields(int type) {
        Map<String, Object> m = new LinkedHashMap<>();
        if (FrameType.isControl(type)) {
            m.put("json", object(3));
            return m;
        }
        switch (type) {
            case FrameType.SEND, FrameType.DELIVER -> message(m);
            case FrameType.SENT -> numbers(m, "by:8 handle:32 epoch:64 upto:64");
            case FrameType.REFUSED -> {
                m.put("handle", number(32));
                m.put("code", (long) CODES[random.nextInt(CODES.length)].number());
                numbers(m, "retry_after_ms:32 seq:64");
                m.put("id", hex(16));
            }
            case FrameType.RESULT -> numbers(m, "outcome:8 reason:8 handle:32 attempts:16 epoch:64 seq:64");
            case FrameType.ACK -> numbers(m, "lane:32 epoch:64 floor:64 bits:64");
            case FrameType.ACK_OK -> numbers(m, "lane:32 epoch:64 floor:64");
            case FrameType.NACK -> {
                numbers(m, "nack_class:8 lane:32 delay_ms:32 epoch:64 seq:64");
                m.put("error", text(random.nextInt(100)));
            }
            case FrameType.SKIP -> numbers(m, "reason:8 lane:32 epoch:64 from:64 to:64");
            case FrameType.CREDIT -> numbers(m, "lane:32 messages:32 bytes:64");
            case FrameType.PAUSED, FrameType.RESUMED -> numbers(m, "handle:32 queued:32");
            case FrameType.MATCHED -> numbers(m, "handle:32 seq:64 durable:32 live:32");
            default -> m.put("t", number(64));
        }
        return m;
    }

    private void message(Map<String, Object> m) {
        numbers(m, "flags:8 priority:8 content:8 handle:32 kind:32 epoch:64 seq:64 ttl_ms:32 attempt:16");
        m.put("id", hex(16));
        List<Object> block = new ArrayList<>();
        for (int key = HeaderKey.TOPIC; key <= HeaderKey.FENCE; key++) {
            if (random.nextInt(6) == 0) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("key", (long) key);
                entry.put("hex", hex(random.nextInt(random.nextInt(20) == 0 ? MOST_BYTES : 20)));
                block.add(entry);
            }
        }
        m.put("block", block);
        m.put("payload_hex", hex(random.nextInt(MOST_BYTES)));
    }

    private void numbers(Map<String, Object> m, String names) {
        for (String each : names.split(" ", -1)) {
            int colon = each.indexOf(':');
            m.put(each.substring(0, colon), number(Integer.parseInt(each.substring(colon + 1))));
        }
    }

    /** A number of so many bits without sign, one of 64 as the signed long of the same bits. */
    private long number(int bits) {
        long any = switch (random.nextInt(4)) {
            case 0 -> EDGES[random.nextInt(EDGES.length)];
            case 1 -> -1 - EDGES[random.nextInt(EDGES.length)];
            case 2 -> Long.MIN_VALUE + random.nextInt(2);
            default -> random.nextLong();
        };
        return bits == 64 ? any : any & (1L << bits) - 1;
    }

    private String hex(int bytes) {
        byte[] any = new byte[bytes];
        random.nextBytes(any);
        return HexFormat.of().formatHex(any);
    }

    private Map<String, @Nullable Object> object(int depth) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            json.put(i + text(3), value(depth));
        }
        return json;
    }

    private @Nullable Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> number(random.nextBoolean() ? 64 : 32);
            case 3 -> new java.math.BigDecimal(random.nextInt()).movePointLeft(1 + random.nextInt(5));
            case 4 -> text(random.nextInt(8));
            case 5 -> object(depth - 1);
            default -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    list.add(value(depth - 1));
                }
                yield list;
            }
        };
    }

    private String text(int characters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < characters; i++) {
            int c = random.nextInt(4) == 0 ? random.nextInt(0x20) : random.nextInt(0x20, 0x2_0000);
            text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? '"' : c);
        }
        return text.toString();
    }

    // ---- others

    /** JSON at the borders of what is legal, in an object or not. */
    private byte[] oddControl(int type) {
        String odd = ODD.get(random.nextInt(ODD.size()));
        String text = random.nextInt(8) == 0
                ? odd
                : "{\"k\": " + odd + (random.nextInt(10) == 0 ? "" : "}") + " ".repeat(random.nextInt(2));
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] frame = new byte[Frames.PREFIX_BYTES + body.length];
        FrameWriter.control(ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN), type, body);
        return frame;
    }

    /** Bytes changed, added or cut off; now and then the length says so. */
    private byte[] damaged(byte[] frame) {
        byte[] bytes = switch (random.nextInt(4)) {
            case 0 ->
                Arrays.copyOf(frame, Frames.PREFIX_BYTES + random.nextInt(frame.length - Frames.PREFIX_BYTES + 1));
            case 1 -> Arrays.copyOf(frame, frame.length + 1 + random.nextInt(random.nextInt(8) == 0 ? 600 : 8));
            default -> frame.clone();
        };
        for (int i = random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(4, Math.max(5, random.nextBoolean() ? Math.min(80, bytes.length) : bytes.length));
            bytes[at] = random.nextInt(3) == 0 ? (byte) (bytes[at] ^ 1 << random.nextInt(8)) : (byte) random.nextInt();
        }
        long length = random.nextInt(12) == 0 ? number(32) : bytes.length;
        boolean isShorter = length >= Frames.PREFIX_BYTES
                && length < bytes.length; // a reader cuts off first what is behind a frame
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, isShorter ? bytes.length : (int) length);
        return bytes;
    }
}
