package dev.relay.daemon.sim;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.FrameSink;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionConfig;
import dev.relay.client.internal.SessionListener;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of an agent: the real client session, a connection at a time, and handlers. It can be killed at any moment, and stopped and woken
 * again: while it is stopped, what should happen to it waits.
 */
final class SimProcess implements SessionListener, SimPeer {
    private static final long DEAD_AFTER_NS = 6_000_000_000L;
    private static final long TICK_MS = 250;

    final SimAgent agent;
    final int incarnation;
    final ClientSession session;
    final SimHandlers handlers;
    private final World world;
    private final History history;
    private ByteBuffer out;
    private final ArrayDeque<Runnable> suspended = new ArrayDeque<>();
    private final Map<Long, Consumer<Map<String, @Nullable Object>>> controls = new HashMap<>();
    private final Map<Integer, String> laneSenders = new HashMap<>();
    private final Map<Integer, Long> newest = new HashMap<>();
    private final Set<Call> open = new java.util.LinkedHashSet<>();
    private @Nullable SimConnection connection;
    private boolean isDead;
    private boolean isStopped;

    SimProcess(SimAgent agent, int incarnation) {
        this.agent = agent;
        this.incarnation = incarnation;
        this.world = agent.world;
        this.history = agent.history;
        this.out = ByteBuffer.allocate(agent.plan.sinkBytes()).order(ByteOrder.LITTLE_ENDIAN);
        this.session = new ClientSession(config(), world, world.random.split(), this);
        this.handlers = new SimHandlers(this);
    }

    private SessionConfig config() {
        return new SessionConfig(
                "default", agent.name, 4_000, 1 << 22, 50, agent.plan.creditMessages(), 1 << 20, "sim/1", 1, null);
    }

    @Override
    public String toString() {
        return agent.name + "#" + incarnation;
    }

    void begin() {
        for (SimAgent.Interest i : agent.interests) {
            subscribe(i.pattern(), i.durable());
        }
        if (agent.isMember) {
            joinGroup();
        }
        world.afterMs(world.between(0, 30), () -> act(() -> session.deliver(true)));
        connect();
        tick();
    }

    /** False once a newer process has had the name's session. */
    boolean isCurrent() {
        return agent.isOwner(this);
    }

    boolean isAlive() {
        return !isDead && !isStopped && session.state() != ClientSession.State.CLOSED;
    }

    /** Something that this process does itself: not at all when it is dead, later when it is stopped. */
    void act(Runnable action) {
        if (isDead) {
            return;
        }
        if (isStopped) {
            suspended.add(action);
            return;
        }
        action.run();
        handlers.startAll();
        pump();
    }

    void afterNs(long ns, Runnable action) {
        world.after(ns, () -> act(action));
    }

    private void tick() {
        world.afterMs(TICK_MS, () -> {
            if (!isDead && session.state() != ClientSession.State.CLOSED) {
                act(() -> {
                    if (connection != null && session.silenceNs() > DEAD_AFTER_NS) {
                        connection.cut();
                    }
                });
                tick();
            }
        });
    }

    // ---- faults

    void kill() {
        if (isDead) {
            return;
        }
        Trace.say(world, this + " dies");
        isDead = true;
        handlers.died();
        open.forEach(c -> c.isUnknown = true);
        SimConnection c = connection;
        connection = null;
        if (c != null) {
            c.cut();
        }
    }

    /** An orderly end that does not wait for outcomes. */
    void close() {
        act(() -> session.close().forEach(m -> history.unknown(callOf(m))));
        kill();
    }

    void stop() {
        Trace.say(world, this + " is stopped");
        isStopped = true;
    }

    void resume() {
        Trace.say(world, this + " resumes");
        isStopped = false;
        while (!isStopped && !isDead && !suspended.isEmpty()) {
            act(suspended.removeFirst());
        }
    }

    void cut() {
        if (connection != null) {
            connection.cut();
        }
    }

    void halfCut(long ms) {
        if (connection != null) {
            connection.halfCut(ms);
        }
    }

    // ---- connection

    private void connect() {
        if (isDead || connection != null || session.state() == ClientSession.State.CLOSED) {
            return;
        }
        SimConnection c = agent.daemon.connect(this);
        if (c == null) {
            connectLater();
            return;
        }
        connection = c;
        laneSenders.clear();
        newest.clear();
        session.connected();
        pump();
    }

    private void connectLater() {
        afterNs(world.between(5_000_000, 60_000_000), this::connect);
    }

    @Override
    public void onCut(SimConnection c) {
        act(() -> {
            if (c == connection) {
                connection = null;
                session.disconnected();
                connectLater();
            }
        });
    }

    @Override
    public void onBytes(SimConnection c, byte[] frames) {
        act(() -> {
            if (c == connection) {
                read(c, ByteBuffer.wrap(frames).order(ByteOrder.LITTLE_ENDIAN));
            }
        });
    }

    private void read(SimConnection c, ByteBuffer b) {
        for (int at = 0; at < b.capacity() && c == connection; at += (int) Frames.len(b, at)) {
            look(b, at);
            if (!session.onFrame(b, at)) {
                c.cut();
            }
        }
        if (session.state() == ClientSession.State.CLOSED) {
            ended();
        }
    }

    private void ended() {
        kill();
        agent.onEnd(this);
    }

    /** What only the wire shows: replies are answered without a handler. */
    private void look(ByteBuffer b, int at) {
        int type = Frames.type(b, at);
        if (type == FrameType.LANE) {
            Map<String, @Nullable Object> lane = dev.relay.protocol.Json.control(b, at);
            int handle = ((Long) Objects.requireNonNull(lane.get("lane"))).intValue();
            laneSenders.put(handle, String.valueOf(lane.get("sender")));
        } else if (type == FrameType.DELIVER && (MessageHeader.flags(b, at) & Flags.REPLY) != 0) {
            byte[] payload = new byte[MessageHeader.payloadLength(b, at)];
            b.get(MessageHeader.payloadAt(b, at), payload);
            String sender = laneSenders.getOrDefault(MessageHeader.handle(b, at), "");
            history.replyArrived(agent.name, incarnation, sender, Payload.uidOf(payload));
        } else if (type == FrameType.SKIP || type == FrameType.PAUSED || type == FrameType.RESUMED) {
            history.count("seen_" + FrameType.nameOf(type));
        }
    }

    void pump() {
        boolean isAll = false;
        while (!isAll && connection != null && !isDead && !isStopped) {
            out.clear();
            isAll = session.pump(sink);
            if (out.position() == 0) {
                return;
            }
            byte[] bytes = Arrays.copyOf(out.array(), out.position());
            lookAtSends(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
            connection.send(bytes);
        }
    }

    private void lookAtSends(ByteBuffer b) {
        for (int at = 0; at < b.capacity(); at += (int) Frames.len(b, at)) {
            if (Frames.type(b, at) == FrameType.SEND) {
                long seq = MessageHeader.seq(b, at);
                boolean isResent = (MessageHeader.flags(b, at) & Flags.RESENT) != 0;
                long last = newest.merge(MessageHeader.handle(b, at), seq, Math::max);
                if (isResent && last == seq && agent.newestOf(this, MessageHeader.handle(b, at)) - seq > 2_000) {
                    history.count("dedup_beyond_2000");
                }
                agent.sent(this, MessageHeader.handle(b, at), seq);
            }
        }
    }

    /** Small, so that it is often full; but a single frame fits always, as into the buffer of a real client. */
    private final FrameSink sink = new FrameSink() {
        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            if (out.position() == 0 && out.capacity() < bytes) {
                out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            }
            return out.remaining() >= bytes ? out : null;
        }

        @Override
        public void commit() {}
    };

    // ---- calls

    /** False when the outbox is full. */
    boolean submit(Call c, Draft draft) {
        return took(c, session.submit(draft));
    }

    boolean respond(Inbound request, Call c, Draft draft) {
        return took(c, session.respond(request, draft));
    }

    private boolean took(Call c, @Nullable Outgoing message) {
        if (message == null) {
            c.isRefused = true;
            history.count("outbox_full");
            return false;
        }
        c.owner = this;
        c.seq = message.seq();
        c.idLsb = message.idLsb();
        if (!c.isRefused) {
            open.add(c);
        }
        return true;
    }

    void control(String op, Map<String, ?> arguments, Consumer<Map<String, @Nullable Object>> then) {
        long ref = session.control(op, arguments);
        if (ref != 0) {
            controls.put(ref, then);
        }
    }

    void joinGroup() {
        control("group.join", Map.of("group", Traffic.GROUP), reply -> {});
    }

    /** It has what it has in hand to the end, and joins again after a while. */
    void leaveGroupFor(long ms) {
        act(() -> control("group.leave", Map.of("group", Traffic.GROUP), reply -> history.count("group_left")));
        afterNs(ms * 1_000_000, this::joinGroup);
    }

    void subscribe(String pattern, boolean durable) {
        history.subscriptions.asked(agent.name, pattern);
        control("subscribe", Map.of("topic", pattern, "durable", durable), reply -> {
            if (Boolean.TRUE.equals(reply.get("ok")) && durable) {
                history.subscriptions.confirmed(agent.name, pattern);
            }
        });
    }

    /** Ends the session and names what it waits for. */
    List<Call> unresolved() {
        return session.close().stream().map(SimProcess::callOf).toList();
    }

    // ---- what the session says

    private static Call callOf(Outgoing message) {
        return (Call) Objects.requireNonNull(message.draft().attachment());
    }

    @Override
    public void onOpen(boolean resumed) {
        agent.onOpen(this);
        if (!resumed) {
            history.order.forget(agent.name, incarnation);
        }
        history.order.reconnected(agent.name, incarnation);
    }

    @Override
    public void onSent(Outgoing message, int by) {
        Call c = callOf(message);
        open.remove(c);
        history.ok(c, by, session.epoch(), message.seq());
    }

    @Override
    public void onRefused(Outgoing message, int code, int retryAfterMs) {
        Call c = callOf(message);
        open.remove(c);
        ErrorCode name = ErrorCode.byNumber(code);
        history.count("told_" + (name == null ? code : name.name()));
        history.refused(c, code);
    }

    @Override
    public void onResult(Outgoing message, int outcome, int reason, int attempts) {
        history.result(callOf(message), outcome, reason);
    }

    @Override
    public void onUnknown(Outgoing message, String why) {
        Call c = callOf(message);
        open.remove(c);
        history.unknown(c);
    }

    @Override
    public void onMatched(Outgoing message, int durable, int live) {
        history.count("matched");
    }

    @Override
    public void onReply(Outgoing request, Inbound reply) {
        Call c = callOf(request);
        history.reply(c, Payload.uidOf(reply.payload()));
        handlers.replied(c);
    }

    @Override
    public void onControlReply(long ref, @Nullable Map<String, @Nullable Object> reply) {
        Consumer<Map<String, @Nullable Object>> then = controls.remove(ref);
        if (then != null && reply != null) {
            then.accept(reply);
        }
    }

    @Override
    public void onError(String code, String message, boolean fatal) {
        history.count("error_" + code);
        if (code.equals("BAD_FRAME") || code.equals("BAD_HANDLE")) {
            history.violation("the session or the daemon broke the protocol: " + message);
        }
    }
}
