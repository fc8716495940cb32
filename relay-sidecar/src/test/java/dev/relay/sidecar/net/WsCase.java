package dev.relay.sidecar.net;

import dev.relay.sidecar.net.CloseReason.Kind;
import dev.relay.sidecar.net.RawServer.End;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * One case: what the server sends and how it ends, and what the client must make of it.
 *
 * @param closeCode the client must have sent this code, 0 for any or none
 * @param pongs payloads of the pongs that the client must have sent
 */
record WsCase(
        String name,
        Handshake handshake,
        byte[] frames,
        boolean isByteByByte,
        End end,
        List<String> messages,
        Kind ends,
        int endCode,
        int closeCode,
        List<String> pongs) {
    static final int MAX_BYTES = 70_000;

    /** The answer to the upgrade. */
    enum Handshake {
        RIGHT,
        COMPRESSED,
        WRONG_KEY,
        FORBIDDEN;

        String answer(String accept, String request) {
            String upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: ";
            return switch (this) {
                case RIGHT -> upgrade + accept + "\r\n\r\n";
                case COMPRESSED ->
                    request.contains("permessage-deflate")
                            ? upgrade + accept + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
                            : "HTTP/1.1 400 No compression offered\r\nContent-Length: 0\r\n\r\n";
                case WRONG_KEY -> upgrade + "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
                case FORBIDDEN -> "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
            };
        }
    }

    @Override
    public String toString() {
        return name;
    }

    // ---- bytes

    private static final int FIN = 0x80;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        if (payload.length < 126) {
            out.write(payload.length);
        } else if (payload.length < 65_536) {
            out.write(126);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private static byte[] frame(int first, String payload) {
        return frame(first, payload.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] close(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return frame(
                FIN | CLOSE,
                ByteBuffer.allocate(2 + text.length)
                        .putShort((short) code)
                        .put(text)
                        .array());
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] deflated(String text) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
        byte[] out = new byte[65_536];
        int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return Arrays.copyOf(out, length - 4); // the tail of a flush is left out on the wire
    }

    // ---- expectations

    private static final byte[] BYE = close(1000, "bye");

    private static WsCase says(String name, byte[] frames, String... messages) {
        return of(name, Handshake.RIGHT, join(frames, BYE), End.WAIT, List.of(messages), Kind.PEER_CLOSED, 1000, 1000);
    }

    private static WsCase breaks(String name, int closeCode, byte[] frames) {
        return of(name, Handshake.RIGHT, frames, End.WAIT, List.of(), Kind.PROTOCOL_ERROR, 0, closeCode);
    }

    private static WsCase closes(int code, int expected) {
        return of(
                "close " + code,
                Handshake.RIGHT,
                close(code, ""),
                End.WAIT,
                List.of(),
                Kind.PEER_CLOSED,
                code,
                expected);
    }

    private static WsCase of(
            String name,
            Handshake handshake,
            byte[] frames,
            End end,
            List<String> messages,
            Kind ends,
            int endCode,
            int closeCode) {
        return new WsCase(name, handshake, frames, false, end, messages, ends, endCode, closeCode, List.of());
    }

    private WsCase byteByByte() {
        return new WsCase(
                name + ", byte by byte", handshake, frames, true, end, messages, ends, endCode, closeCode, pongs);
    }

    private WsCase answering(String... payloads) {
        return new WsCase(
                name, handshake, frames, isByteByByte, end, messages, ends, endCode, closeCode, List.of(payloads));
    }

    static List<WsCase> all() {
        List<WsCase> cases = new ArrayList<>();
        messages(cases);
        controls(cases);
        violations(cases);
        closes(cases);
        ends(cases);
        compression(cases);
        List<WsCase> slow = cases.stream()
                .filter(test -> test.frames.length < 300 && test.end == End.WAIT)
                .map(WsCase::byteByByte)
                .toList();
        cases.addAll(slow);
        return cases;
    }

    private static void messages(List<WsCase> cases) {
        cases.add(says("text", frame(FIN | TEXT, "hello"), "hello"));
        cases.add(says("empty text", frame(FIN | TEXT, ""), ""));
        cases.add(says("non-ASCII text", frame(FIN | TEXT, "€ ü 𝄞"), "€ ü 𝄞"));
        for (int length : new int[] {125, 126, 127, 128, 65_535, 65_536}) {
            String text = "x".repeat(length);
            cases.add(says("length " + length, frame(FIN | TEXT, text), text));
        }
        cases.add(says("two frames at once", join(frame(FIN | TEXT, "a"), frame(FIN | TEXT, "b")), "a", "b"));
        cases.add(says("two fragments", join(frame(TEXT, "hel"), frame(FIN, "lo")), "hello"));
        cases.add(says("many fragments", join(frame(TEXT, "h"), frame(0, "e"), frame(0, ""), frame(FIN, "y")), "hey"));
        cases.add(says("empty fragments", join(frame(TEXT, ""), frame(0, ""), frame(FIN, "")), ""));
        byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
        cases.add(says(
                "character over two fragments",
                join(frame(TEXT, bytes(euro[0], euro[1])), frame(FIN, bytes(euro[2]))),
                "€"));
    }

    private static void controls(List<WsCase> cases) {
        cases.add(says("ping", frame(FIN | PING, "p1")).answering("p1"));
        cases.add(says("empty ping", frame(FIN | PING, "")).answering(""));
        cases.add(says("ping of 125", frame(FIN | PING, "q".repeat(125))).answering("q".repeat(125)));
        cases.add(says("unasked pong", join(frame(FIN | PONG, "z"), frame(FIN | TEXT, "a")), "a"));
        cases.add(says(
                        "ping inside a message",
                        join(frame(TEXT, "ab"), frame(FIN | PING, "p"), frame(FIN, "cd")),
                        "abcd")
                .answering("p"));
        cases.add(says(
                        "pings and pongs inside a message",
                        join(
                                frame(TEXT, "a"),
                                frame(FIN | PING, "1"),
                                frame(0, "b"),
                                frame(FIN | PONG, "x"),
                                frame(FIN | PING, "2"),
                                frame(FIN, "c")),
                        "abc")
                .answering("1", "2"));
    }

    private static void violations(List<WsCase> cases) {
        for (int bit : new int[] {0x40, 0x20, 0x10, 0x70}) {
            cases.add(breaks("reserved bits " + bit, 1002, frame(FIN | bit | TEXT, "x")));
        }
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            cases.add(breaks("reserved opcode " + opcode, 1002, frame(FIN | opcode, "")));
        }
        cases.add(breaks("binary message", 1003, frame(FIN | BINARY, "x")));
        cases.add(breaks("bad UTF-8", 1007, frame(FIN | TEXT, bytes(0xc3, 0x28))));
        cases.add(breaks("truncated UTF-8", 1007, frame(FIN | TEXT, bytes(0xe2, 0x82))));
        cases.add(breaks("surrogate in UTF-8", 1007, frame(FIN | TEXT, bytes(0xed, 0xa0, 0x80))));
        cases.add(breaks("overlong UTF-8", 1007, frame(FIN | TEXT, bytes(0xc0, 0xaf))));
        cases.add(breaks("bad UTF-8 in a fragment", 1007, join(frame(TEXT, "ab"), frame(FIN, bytes(0xff)))));
        cases.add(breaks("masked", 1002, bytes(FIN | TEXT, 0x81, 1, 2, 3, 4, 'a' ^ 1)));
        cases.add(breaks("continuation of nothing", 1002, frame(FIN, "x")));
        cases.add(breaks("message inside a message", 1002, join(frame(TEXT, "a"), frame(FIN | TEXT, "b"))));
        cases.add(breaks("ping of 126", 1002, frame(FIN | PING, "q".repeat(126))));
        cases.add(breaks("fragmented ping", 1002, frame(PING, "q")));
        cases.add(breaks("fragmented close", 1002, frame(CLOSE, "")));
        cases.add(breaks("length not minimal, 16 bits", 1002, bytes(FIN | TEXT, 126, 0, 5, 'h', 'e', 'l', 'l', 'o')));
        cases.add(breaks("length not minimal, 64 bits", 1002, bytes(FIN | TEXT, 127, 0, 0, 0, 0, 0, 0, 0, 1, 'a')));
        cases.add(breaks("negative length", 1002, bytes(FIN | TEXT, 127, 0x80, 0, 0, 0, 0, 0, 0, 1, 'a')));
        cases.add(breaks("announced too large", 1009, bytes(FIN | TEXT, 127, 0, 0, 0, 1, 0, 0, 0, 0, 'a')));
        cases.add(breaks(
                "too large in fragments", 1009, join(frame(TEXT, "x".repeat(40_000)), frame(FIN, "x".repeat(40_000)))));
    }

    private static void closes(List<WsCase> cases) {
        for (int code : new int[] {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4999}) {
            cases.add(closes(code, code));
        }
        cases.add(of(
                "close without code",
                Handshake.RIGHT,
                frame(FIN | CLOSE, ""),
                End.WAIT,
                List.of(),
                Kind.PEER_CLOSED,
                0,
                0));
        cases.add(of(
                "close with a reason",
                Handshake.RIGHT,
                close(1008, "enough"),
                End.WAIT,
                List.of(),
                Kind.PEER_CLOSED,
                1008,
                1008));
        for (int code : new int[] {0, 999, 1004, 1005, 1006, 1015, 2999}) {
            cases.add(breaks("forbidden close code " + code, 0, close(code, "")));
        }
        cases.add(breaks("close of one byte", 0, frame(FIN | CLOSE, "x")));
        cases.add(breaks("close with bad UTF-8", 0, frame(FIN | CLOSE, bytes(0x03, 0xe8, 0xff))));
        cases.add(of(
                "data after close",
                Handshake.RIGHT,
                join(BYE, frame(FIN | TEXT, "late")),
                End.WAIT,
                List.of(),
                Kind.PEER_CLOSED,
                1000,
                1000));
    }

    private static void ends(List<WsCase> cases) {
        cases.add(of(
                "half close",
                Handshake.RIGHT,
                frame(FIN | TEXT, "a"),
                End.HALF_CLOSE,
                List.of("a"),
                Kind.CONNECTION_LOST,
                0,
                0));
        cases.add(of(
                "end within a frame",
                Handshake.RIGHT,
                bytes(FIN | TEXT, 10, 'a'),
                End.HALF_CLOSE,
                List.of(),
                Kind.CONNECTION_LOST,
                0,
                0));
        cases.add(of(
                "end within a message",
                Handshake.RIGHT,
                frame(TEXT, "a"),
                End.HALF_CLOSE,
                List.of(),
                Kind.CONNECTION_LOST,
                0,
                0));
        cases.add(
                of("wrong accept key", Handshake.WRONG_KEY, bytes(), End.WAIT, List.of(), Kind.HANDSHAKE_FAILED, 0, 0));
        cases.add(of("forbidden", Handshake.FORBIDDEN, bytes(), End.WAIT, List.of(), Kind.HANDSHAKE_FAILED, 0, 0));
    }

    private static void compression(List<WsCase> cases) {
        String text = "depth ".repeat(200);
        cases.add(of(
                "compressed",
                Handshake.COMPRESSED,
                join(frame(FIN | 0x40 | TEXT, deflated(text)), BYE),
                End.WAIT,
                List.of(text),
                Kind.PEER_CLOSED,
                1000,
                1000));
        cases.add(of(
                "uncompressed though negotiated",
                Handshake.COMPRESSED,
                join(frame(FIN | TEXT, "plain"), BYE),
                End.WAIT,
                List.of("plain"),
                Kind.PEER_CLOSED,
                1000,
                1000));
        cases.add(of(
                "compressed beyond the limit",
                Handshake.COMPRESSED,
                frame(FIN | 0x40 | TEXT, deflated("x".repeat(1_000_000))),
                End.WAIT,
                List.of(),
                Kind.PROTOCOL_ERROR,
                0,
                0));
        cases.add(of(
                "compressed nonsense",
                Handshake.COMPRESSED,
                frame(FIN | 0x40 | TEXT, bytes(0xff, 0xff, 0xff, 0xff)),
                End.WAIT,
                List.of(),
                Kind.PROTOCOL_ERROR,
                0,
                0));
    }

    boolean isCompressionOffered() {
        return handshake == Handshake.COMPRESSED;
    }
}
