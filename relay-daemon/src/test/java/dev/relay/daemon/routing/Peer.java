package dev.relay.daemon.routing;

import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One end of a connection without any rules of its own: says what the test says, keeps what it got. */
final class Peer implements Connection {
    private static long ids;

    final Heart heart;
    private final long id = ++ids;
    private ByteBuffer out = little(1 << 16);
    private int read;
    private final ByteBuffer in = little(2 << 20);
    final List<Got> got = new ArrayList<>();

    @Nullable
    CloseReason closed;

    int uid = 1_000;
    int pid = 7;
    long pendingBytes;
    boolean hasOutput = true;
    String name = "";
    long epoch;
    String resume = "";
    long idLsb = 1;

    Peer(Heart heart) {
        this.heart = heart;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    // ---- the seam

    @Override
    public long id() {
        return id;
    }

    @Override
    public ByteBuffer reserve(int bytes) {
        if (out.remaining() < bytes) {
            ByteBuffer larger = little(2 * out.capacity() + bytes);
            larger.put(out.flip());
            out = larger;
        }
        return out;
    }

    @Override
    public boolean hasOutput() {
        return hasOutput;
    }

    @Override
    public void commit() {
        while (read < out.position()) {
            int length = (int) Frames.len(out, read);
            ByteBuffer copy = little(length);
            copy.put(0, out, read, length);
            got.add(new Got(copy));
            read += length;
        }
    }

    @Override
    public void close(CloseReason reason) {
        closed = closed == null ? reason : closed;
    }

    @Override
    public int uid() {
        return uid;
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    // ---- saying

    void say(Consumer<ByteBuffer> encode) {
        in.clear();
        encode.accept(in);
        for (int at = 0; at < in.position(); at += (int) Frames.len(in, at)) {
            heart.bus.onFrame(this, in, at);
        }
    }

    void json(int type, Map<String, ?> json) {
        say(b -> FrameWriter.control(b, type, json));
    }

    void hello(String agent, Object... more) {
        name = agent;
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("proto", List.of(1L, 1L));
        hello.put("name", agent);
        for (int i = 0; i < more.length; i += 2) {
            hello.put((String) more[i], more[i + 1]);
        }
        json(FrameType.HELLO, hello);
    }

    /** Takes the WELCOME that must have come. */
    Map<String, @Nullable Object> welcome() {
        Map<String, @Nullable Object> json = one(FrameType.WELCOME).json();
        epoch = (Long) Objects.requireNonNull(json.get("epoch"));
        resume = (String) Objects.requireNonNull(json.get("resume"));
        return json;
    }

    /** The same process on a new connection. */
    Peer reconnect() {
        Peer again = heart.connect();
        again.hello(name, "epoch", epoch, "resume", resume);
        again.idLsb = idLsb;
        heart.turn();
        again.welcome();
        return again;
    }

    void bind(int handle, String target, Object... more) {
        bind(handle, "agent", target, "message", more);
    }

    void bindTopics(int handle) {
        bind(handle, "topics", "", "message");
    }

    void bind(int handle, String kind, String target, String streamClass, Object... more) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("handle", (long) handle);
        json.put("target_kind", kind);
        json.put("target", target);
        json.put("class", streamClass);
        json.put("resolved_to", 0L);
        for (int i = 0; i < more.length; i += 2) {
            json.put((String) more[i], more[i + 1]);
        }
        json(FrameType.BIND, json);
    }

    void send(int handle, long seq, int flags, String payload) {
        send(handle, seq, flags, 0, HeaderBlock.EMPTY, payload);
    }

    void send(int handle, long seq, int flags, int ttlMs, byte[] block, String payload) {
        send(handle, seq, flags, 0, ttlMs, block, payload);
    }

    void send(int handle, long seq, int flags, int priority, int ttlMs, byte[] block, String payload) {
        ByteBuffer body = ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8));
        say(b -> FrameWriter.message(
                b, FrameType.SEND, flags, priority, 2, handle, 0, epoch, seq, ttlMs, 0, id, idLsb++, block, body));
    }

    void sendKind(int handle, long seq, int kind, String payload) {
        ByteBuffer body = ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8));
        byte[] block = HeaderBlock.EMPTY;
        say(b -> FrameWriter.message(
                b, FrameType.SEND, 0, 0, 1, handle, kind, epoch, seq, 0, 0, id, idLsb++, block, body));
    }

    /** The header of a reply, which acks its request in the same step. */
    static HeaderBlock.Builder answers(Got request) {
        return new HeaderBlock.Builder().answers(idMsb(request), 1, request.lane(), request.epoch(), request.seq());
    }

    void reply(int handle, Got request, long seq, int flags) {
        send(handle, seq, Flags.REPLY | flags, 0, answers(request).build(), "answer");
    }

    void publish(int handle, long seq, int flags, String topic, String payload) {
        send(
                handle,
                seq,
                flags,
                0,
                new HeaderBlock.Builder().put(HeaderKey.TOPIC, topic).build(),
                payload);
    }

    void credit(int messages) {
        say(b -> FrameWriter.credit(b, 0, messages, 64 << 20));
        heart.turn();
    }

    void ack(Got delivered) {
        say(b -> FrameWriter.ack(b, delivered.lane(), delivered.epoch(), delivered.seq(), 0));
    }

    void ack(int lane, long laneEpoch, long floor, long bits) {
        say(b -> FrameWriter.ack(b, lane, laneEpoch, floor, bits));
    }

    void nack(Got delivered, int nackClass) {
        say(b -> FrameWriter.nack(
                b,
                delivered.lane(),
                nackClass,
                0,
                delivered.epoch(),
                delivered.seq(),
                "no".getBytes(StandardCharsets.UTF_8)));
    }

    /** Runs a control operation to its reply. */
    Map<String, @Nullable Object> control(String op, Object... more) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ref", 9L);
        json.put("op", op);
        for (int i = 0; i < more.length; i += 2) {
            json.put((String) more[i], more[i + 1]);
        }
        json(FrameType.CONTROL, json);
        heart.turn();
        return one(FrameType.CONTROL_REPLY).json();
    }

    /** What came of it: "ok" or the code of the refusal. */
    static String code(Map<String, @Nullable Object> reply) {
        return Boolean.TRUE.equals(reply.get("ok")) ? "ok" : String.valueOf(reply.get("code"));
    }

    /** The socket is gone. */
    void die() {
        heart.bus.onDisconnect(this);
        heart.turn();
    }

    void goodbye() {
        json(FrameType.GOODBYE, Map.of("reason", "done"));
        heart.turn();
    }

    // ---- what it got

    /** All frames of a type so far, taken out. */
    List<Got> take(int type) {
        List<Got> taken = new ArrayList<>();
        got.removeIf(g -> g.type() == type && taken.add(g));
        return taken;
    }

    Got one(int type) {
        List<Got> taken = take(type);
        if (taken.size() != 1) {
            throw new AssertionError("expected one " + FrameType.nameOf(type) + ", got " + taken + " beside " + got);
        }
        return taken.get(0);
    }

    List<Got> deliveries() {
        return take(FrameType.DELIVER);
    }

    List<Long> seqs() {
        return deliveries().stream().map(Got::seq).toList();
    }

    /** What was delivered and skipped, in order: "3", "skip 4". */
    List<String> stream() {
        List<String> words = new ArrayList<>();
        got.removeIf(g -> (g.type() == FrameType.DELIVER && words.add(Long.toString(g.seq())))
                || (g.type() == FrameType.SKIP && words.add("skip " + g.seq())));
        return words;
    }

    static long idMsb(Got message) {
        return MessageHeader.idMsb(message.b(), 0);
    }
}
