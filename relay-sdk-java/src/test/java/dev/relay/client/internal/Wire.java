package dev.relay.client.internal;

import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The daemon's side of a session, played by the test: virtual time, frames in and out by hand, events as text. */
final class Wire implements SessionListener {
    static final long EPOCH = 5L << 32 | 1;

    /** One frame that the session wrote. */
    record Frame(int type, ByteBuffer b) {
        long seq() {
            return Frames.seq(b, 0);
        }

        int handle() {
            return Frames.handle(b, 0);
        }

        int flags() {
            return Frames.flags(b, 0);
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
            return FrameType.nameOf(type)
                    + (b.limit() >= Frames.SENT_BYTES && type >= FrameType.SEND ? " " + seq() : "");
        }
    }

    private static final class Sink implements FrameSink {
        final ByteBuffer out = ByteBuffer.allocate(1 << 21).order(ByteOrder.LITTLE_ENDIAN);
        int room = Integer.MAX_VALUE;

        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            return out.position() + bytes > room ? null : out;
        }

        @Override
        public void commit() {}
    }

    final List<String> events = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    long nowNs = 1_000_000_000L;
    final Clock clock = new Clock() {
        @Override
        public long nanoTime() {
            return nowNs;
        }

        @Override
        public long wallMs() {
            return nowNs / 1_000_000;
        }
    };
    final ClientSession session;

    Wire() {
        this(SessionConfig.of("me"));
    }

    Wire(SessionConfig config) {
        session = new ClientSession(config, clock, new Random(1), this);
    }

    // ---- what the session writes

    List<Frame> pump() {
        return pump(Integer.MAX_VALUE);
    }

    List<Frame> pump(int room) {
        Sink sink = new Sink();
        sink.room = room;
        session.pump(sink);
        List<Frame> frames = new ArrayList<>();
        int at = 0;
        while (at < sink.out.position()) {
            int len = FrameCursor.next(sink.out, at, sink.out.position(), 1 << 21);
            frames.add(
                    new Frame(Frames.type(sink.out, at), sink.out.slice(at, len).order(ByteOrder.LITTLE_ENDIAN)));
            at += len;
        }
        return frames;
    }

    List<Frame> pump(String typeName) {
        return pump().stream()
                .filter(f -> FrameType.nameOf(f.type()).equals(typeName))
                .toList();
    }

    Outgoing send(String target, String payload, int flags) {
        return submit(Draft.of(StreamKey.agent(target), "k", utf8(payload)).withFlags(flags));
    }

    Outgoing send(String target, String payload) {
        return send(target, payload, 0);
    }

    Outgoing submit(Draft draft) {
        Outgoing message = session.submit(draft);
        if (message == null) {
            throw new AssertionError("refused by the outbox");
        }
        return message;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // ---- what the daemon says

    boolean open(boolean resumed) {
        return open(resumed, "store-1", EPOCH);
    }

    boolean open(boolean resumed, String store, long epoch) {
        session.connected();
        pump();
        return control(
                FrameType.WELCOME,
                Map.of(
                        "proto",
                        1,
                        "store_uuid",
                        store,
                        "boot_no",
                        5,
                        "session",
                        1,
                        "epoch",
                        epoch,
                        "resume",
                        "aa",
                        "resumed",
                        resumed,
                        "limits",
                        Map.of("window_messages", 4),
                        "ping_ms",
                        1000));
    }

    boolean control(int type, Map<String, ?> json) {
        FrameWriter.control(in.clear(), type, json);
        return session.onFrame(in, 0);
    }

    void lane(int handle, String sender, String messageClass, long epoch, long floor) {
        control(
                FrameType.LANE,
                Map.of("lane", handle, "sender", sender, "class", messageClass, "epoch", epoch, "floor", floor));
    }

    /** Of a partition, at positions with as many digits as there can be. */
    void groupLane(int handle, String sender, String group, int partition) {
        Map<String, Object> lane = new HashMap<>(Map.of("lane", handle, "sender", sender, "class", "message"));
        lane.putAll(Map.of("epoch", Long.MAX_VALUE, "floor", Long.MAX_VALUE));
        lane.putAll(Map.of("group", group, "partition", partition, "group_epoch", Long.MAX_VALUE));
        control(FrameType.LANE, lane);
    }

    /** A lane whose announcement takes the handles of others back. */
    void laneInsteadOf(List<Long> retired, int handle, String sender) {
        control(
                FrameType.LANE,
                Map.of(
                        "lane", handle, "sender", sender, "class", "message", "epoch", 0, "floor", 0, "retired",
                        retired));
    }

    void deliver(int lane, long epoch, long seq, int flags, int attempt, byte[] block, String payload) {
        FrameWriter.message(
                in.clear(),
                FrameType.DELIVER,
                flags,
                0,
                0,
                lane,
                0,
                epoch,
                seq,
                0,
                attempt,
                7,
                seq,
                block,
                ByteBuffer.wrap(utf8(payload)));
        session.onFrame(in, 0);
    }

    void deliver(int lane, long seq) {
        deliver(lane, EPOCH, seq, 0, 1, HeaderBlock.EMPTY, "d" + seq);
    }

    void sent(int handle, long upto) {
        FrameWriter.sent(in.clear(), Frames.BY_DISK, handle, EPOCH, upto);
        session.onFrame(in, 0);
    }

    void result(int handle, long seq, int outcome, int reason) {
        FrameWriter.result(in.clear(), handle, outcome, reason, 1, EPOCH, seq);
        session.onFrame(in, 0);
    }

    void refused(int handle, ErrorCode code, Outgoing message) {
        FrameWriter.refused(in.clear(), handle, code, 0, message.seq(), message.idMsb(), message.idLsb());
        session.onFrame(in, 0);
    }

    void skip(int lane, long from, long to) {
        FrameWriter.skip(in.clear(), lane, 1, EPOCH, from, to);
        session.onFrame(in, 0);
    }

    Inbound start() {
        return Objects.requireNonNull(session.startNext(), "nothing to start");
    }

    List<Long> startAll() {
        List<Long> started = new ArrayList<>();
        Inbound next;
        while ((next = session.startNext()) != null) {
            started.add(next.seq());
            session.returned(next, true);
        }
        return started;
    }

    // ---- what the session tells

    private String name(Outgoing message) {
        return new String(message.draft().payload(), StandardCharsets.UTF_8);
    }

    @Override
    public void onSent(Outgoing message, int by) {
        events.add("sent " + name(message));
    }

    @Override
    public void onRefused(Outgoing message, int code, int retryAfterMs) {
        events.add("refused " + name(message) + " " + ErrorCode.byNumber(code));
    }

    @Override
    public void onResult(Outgoing message, int outcome, int reason, int attempts) {
        events.add((outcome == Frames.ACKED ? "acked " : "dead ") + name(message));
    }

    @Override
    public void onUnknown(Outgoing message, String why) {
        events.add("unknown " + name(message));
    }

    @Override
    public void onReply(Outgoing request, Inbound reply) {
        events.add("reply " + name(request) + " " + new String(reply.payload(), StandardCharsets.UTF_8));
    }

    @Override
    public void onControlReply(long ref, @Nullable Map<String, @Nullable Object> reply) {
        events.add("control " + ref + " " + (reply == null ? "lost" : reply.get("ok")));
    }

    @Override
    public void onError(String code, String message, boolean fatal) {
        events.add("error " + code + " " + fatal);
    }
}
