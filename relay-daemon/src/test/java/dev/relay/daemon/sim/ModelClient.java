package dev.relay.daemon.sim;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The shortest client that keeps the rules of the protocol: an outbox per stream, floors per lane that outlive connections, one handler per lane.
 * {@link #kill} is a kill -9: everything of it is gone but its name.
 */
final class ModelClient {
    private record Pending(long uid, long seq, boolean wantsResult) {}

    private static final class Out {
        final int handle;
        final String target;
        long nextSeq = 1;
        final ArrayDeque<Pending> outbox = new ArrayDeque<>();

        Out(int handle, String target) {
            this.handle = handle;
            this.target = target;
        }
    }

    private record Held(long epoch, long seq, long uid, boolean isSkip) {}

    private static final class In {
        final String sender;
        final String laneClass;
        long epoch;
        long floor;
        int handle;
        boolean rewinding;
        long rewindEpoch;
        long rewindSeq;
        long lastEpoch;
        long lastSeq;

        @Nullable
        Held running;

        final ArrayDeque<Held> held = new ArrayDeque<>();

        In(String sender, String laneClass) {
            this.sender = sender;
            this.laneClass = laneClass;
        }
    }

    final String name;
    private final World world;
    private final SimDaemon daemon;
    private final History history;
    private final List<String> peers;
    int incarnation;
    double failureChance;
    double poisonChance;
    double forwardChance = 0.3;
    boolean isSubscriber;
    boolean isRunning = true;
    private @Nullable SimConnection connection;
    private boolean isOpen;
    private long epoch;
    private String resume = "";
    private final Map<String, Out> outs = new LinkedHashMap<>();
    private final Map<String, In> ins = new LinkedHashMap<>();
    private final Map<Integer, In> byHandle = new LinkedHashMap<>();

    ModelClient(String name, World world, SimDaemon daemon, History history, List<String> peers) {
        this.name = name;
        this.world = world;
        this.daemon = daemon;
        this.history = history;
        this.peers = peers;
    }

    void connect() {
        if (connection != null || !isRunning) {
            return;
        }
        SimConnection c = daemon.connect(this);
        if (c == null) {
            reconnectLater();
            return;
        }
        connection = c;
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("proto", List.of(1L, 1L));
        hello.put("name", name);
        if (epoch > 0) {
            hello.put("resume", resume);
            hello.put("epoch", epoch);
        }
        List<Object> floors = new ArrayList<>();
        ins.values().forEach(in -> {
            if (in.floor > 0) {
                floors.add(Map.of("sender", in.sender, "class", in.laneClass, "epoch", in.epoch, "seq", in.floor));
            }
        });
        hello.put("floors", floors);
        write(out -> FrameWriter.control(out, FrameType.HELLO, hello));
    }

    private void reconnectLater() {
        int mine = incarnation;
        world.afterMs(world.random.nextLong(5, 60), () -> {
            if (mine == incarnation) {
                connect();
            }
        });
    }

    private void write(Consumer<ByteBuffer> encode) {
        SimConnection c = connection;
        if (c != null) {
            ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            encode.accept(out);
            c.send(Arrays.copyOf(out.array(), out.position()));
        }
    }

    void cut() {
        if (connection != null) {
            connection.cut();
        }
    }

    void halfCut() {
        if (connection != null) {
            connection.halfCut(world.random.nextLong(100, 1_500));
        }
    }

    void kill() {
        incarnation++;
        epoch = 0;
        resume = "";
        outs.clear();
        ins.clear();
        if (connection != null) {
            connection.cut();
        } else {
            reconnectLater();
        }
    }

    void onCut(SimConnection c) {
        if (c == connection) {
            connection = null;
            isOpen = false;
            byHandle.clear();
            ins.values().forEach(in -> {
                in.handle = 0;
                in.held.clear();
                in.rewinding = false;
                in.lastEpoch = in.epoch;
                in.lastSeq = in.floor;
            });
            reconnectLater();
        }
    }

    void send(String target, long causedBy, boolean wantsResult) {
        Out out = outs.get(target);
        if (out == null) {
            out = new Out(outs.size() + 1, target);
            outs.put(target, out);
            if (isOpen) {
                bind(out);
            }
        }
        long uid = history.send(name, incarnation, target, causedBy);
        Pending p = new Pending(uid, out.nextSeq++, wantsResult);
        out.outbox.add(p);
        if (isOpen) {
            writeSend(out, p, 0);
        }
    }

    private void bind(Out out) {
        boolean topics = out.target.equals("topics");
        long resolved = out.outbox.isEmpty() ? out.nextSeq - 1 : out.outbox.peek().seq - 1;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("handle", (long) out.handle);
        json.put("target_kind", topics ? "topics" : "agent");
        json.put("target", topics ? "" : out.target);
        json.put("class", "message");
        json.put("resolved_to", resolved);
        write(b -> FrameWriter.control(b, FrameType.BIND, json));
    }

    private void writeSend(Out out, Pending p, int flags) {
        byte[] block = out.target.equals("topics")
                ? new HeaderBlock.Builder().put(HeaderKey.TOPIC, "a.b").build()
                : HeaderBlock.EMPTY;
        ByteBuffer payload = ByteBuffer.allocate(8).putLong(0, p.uid);
        write(b -> FrameWriter.message(
                b,
                FrameType.SEND,
                flags | (p.wantsResult ? 1 : 0),
                0,
                0,
                out.handle,
                0,
                epoch,
                p.seq,
                0,
                0,
                p.uid,
                ~p.uid,
                block,
                payload));
    }

    void onBytes(SimConnection c, byte[] bytes) {
        if (c != connection) {
            return;
        }
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length && c == connection; at += (int) Frames.len(b, at)) {
            world.trace(Frames.type(b, at) * 31L + Frames.len(b, at));
            onFrame(b, at);
        }
    }

    private void onFrame(ByteBuffer b, int at) {
        switch (Frames.type(b, at)) {
            case FrameType.WELCOME -> onWelcome(Json.control(b, at));
            case FrameType.LANE -> onLane(Json.control(b, at));
            case FrameType.DELIVER -> onDeliver(b, at);
            case FrameType.SKIP -> onSkip(b, at);
            case FrameType.SENT -> onSent(Frames.handle(b, at), Frames.seq(b, at));
            case FrameType.REFUSED -> onRefused(b, at);
            case FrameType.PING -> write(out -> FrameWriter.pong(out, Frames.pingTime(b, at)));
            case FrameType.CONTROL_REPLY -> history.subscribed();
            case FrameType.ERROR -> onError(Json.control(b, at));
            default -> {}
        }
    }

    private void onError(Map<String, @Nullable Object> json) {
        Object code = json.get("code");
        if (!ErrorCode.NAME_IN_USE.name().equals(code)
                && !ErrorCode.FENCED.name().equals(code)) {
            history.violations.add("client " + name + " was told " + json);
        }
    }

    private void onWelcome(Map<String, @Nullable Object> json) {
        epoch = (Long) java.util.Objects.requireNonNull(json.get("epoch"));
        resume = (String) java.util.Objects.requireNonNull(json.get("resume"));
        isOpen = true;
        for (Out out : outs.values()) {
            bind(out);
            out.outbox.forEach(p -> writeSend(out, p, 2));
        }
        if (isSubscriber) {
            Map<String, Object> subscribe = Map.of("ref", 1L, "op", "subscribe", "topic", "a.*", "durable", true);
            write(b -> FrameWriter.control(b, FrameType.CONTROL, subscribe));
        }
        write(b -> FrameWriter.credit(b, 0, 8, 1 << 20));
    }

    private void onLane(Map<String, @Nullable Object> json) {
        String key = json.get("class") + ":" + json.get("sender");
        In in = ins.get(key);
        if (in == null) {
            in = new In((String) java.util.Objects.requireNonNull(json.get("sender")), (String)
                    java.util.Objects.requireNonNull(json.get("class")));
            ins.put(key, in);
        }
        in.handle = ((Long) java.util.Objects.requireNonNull(json.get("lane"))).intValue();
        byHandle.put(in.handle, in);
        if (in.floor > 0) {
            ack(in);
        }
    }

    private void ack(In in) {
        if (in.handle > 0) {
            write(b -> FrameWriter.ack(b, in.handle, in.epoch, in.floor, 0));
        }
    }

    private static int compare(long e1, long s1, long e2, long s2) {
        return e1 != e2 ? Long.compare(e1, e2) : Long.compare(s1, s2);
    }

    private void onDeliver(ByteBuffer b, int at) {
        long uid = Long.reverseBytes(b.getLong(MessageHeader.payloadAt(b, at)));
        take(byHandle.get(Frames.handle(b, at)), new Held(Frames.epoch(b, at), Frames.seq(b, at), uid, false));
    }

    private void onSkip(ByteBuffer b, int at) {
        take(byHandle.get(Frames.handle(b, at)), new Held(Frames.epoch(b, at), Frames.seq(b, at), 0, true));
    }

    private void take(@Nullable In in, Held h) {
        if (in == null) {
            history.violations.add("delivery on a lane that was not announced");
            return;
        }
        if (compare(h.epoch, h.seq, in.epoch, in.floor) <= 0) {
            ack(in);
            return;
        }
        if (in.rewinding) {
            if (compare(h.epoch, h.seq, in.rewindEpoch, in.rewindSeq) > 0) {
                return;
            }
            in.rewinding = false;
        } else if (compare(h.epoch, h.seq, in.lastEpoch, in.lastSeq) <= 0) {
            history.violations.add("I11 went back without a nack: lane=" + in.sender + ">" + name + " seq=" + h.seq);
        }
        in.lastEpoch = h.epoch;
        in.lastSeq = h.seq;
        if (in.running == null || compare(in.running.epoch, in.running.seq, h.epoch, h.seq) != 0) {
            in.held.add(h);
        }
        next(in);
    }

    private void next(In in) {
        if (in.running != null || in.held.isEmpty()) {
            return;
        }
        Held h = in.held.poll();
        if (h.isSkip) {
            done(in, h);
            return;
        }
        in.running = h;
        history.started(name, incarnation, h.uid);
        int mine = incarnation;
        world.after(world.random.nextLong(10_000, 3_000_000), () -> {
            if (mine == incarnation) {
                finish(in, h);
            }
        });
    }

    private void finish(In in, Held h) {
        in.running = null;
        boolean poison = new java.util.SplittableRandom(h.uid * 77).nextDouble() < poisonChance;
        if (poison || world.chance(failureChance)) {
            nack(in, h);
            return;
        }
        java.util.SplittableRandom choice = new java.util.SplittableRandom(h.uid * 31);
        if (choice.nextDouble() < forwardChance) {
            String to = peers.get(choice.nextInt(peers.size()));
            if (!to.equals(name)
                    && java.util.Objects.requireNonNull(history.sent.get(h.uid)).causedBy() == 0) {
                send(to, h.uid, false);
            }
        }
        history.finished(name, incarnation, h.uid);
        done(in, h);
    }

    private void nack(In in, Held h) {
        boolean isDeliveredHere = in.handle > 0 && compare(h.epoch, h.seq, in.lastEpoch, in.lastSeq) <= 0;
        in.held.clear();
        if (isDeliveredHere) {
            in.rewinding = true;
            in.rewindEpoch = h.epoch;
            in.rewindSeq = h.seq;
            write(b -> FrameWriter.nack(
                    b,
                    in.handle,
                    world.chance(0.1) ? Frames.NACK_REFUSED : Frames.NACK_ERROR,
                    0,
                    h.epoch,
                    h.seq,
                    new byte[3]));
        }
    }

    private void done(In in, Held h) {
        in.epoch = h.epoch;
        in.floor = h.seq;
        ack(in);
        next(in);
    }

    private @Nullable Out out(int handle) {
        return outs.values().stream()
                .filter(o -> o.handle == handle)
                .findFirst()
                .orElse(null);
    }

    private void onSent(int handle, long upto) {
        Out out = out(handle);
        while (out != null && !out.outbox.isEmpty() && out.outbox.peek().seq <= upto) {
            history.ok.add(out.outbox.poll().uid);
        }
    }

    private void onRefused(ByteBuffer b, int at) {
        Out out = out(Frames.handle(b, at));
        long uid = Frames.refusedIdMsb(b, at);
        if (out == null || out.outbox.stream().noneMatch(p -> p.uid == uid)) {
            return;
        }
        while (!out.outbox.isEmpty()) {
            Pending p = out.outbox.pollLast();
            out.nextSeq = p.seq;
            history.refused.add(p.uid);
            if (p.uid == uid) {
                return;
            }
        }
    }

    boolean isQuiet() {
        return outs.values().stream().allMatch(o -> o.outbox.isEmpty());
    }
}
