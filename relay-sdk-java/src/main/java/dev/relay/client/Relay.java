package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionCounters;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An agent's connection to the bus. Safe for any thread.
 *
 * <pre>{@code
 * try (Relay relay = Relay.connect("risk")) {
 *     relay.on("fill", msg -> positions.apply(msg.as(Fill.class)));   // return = ack, throw = nack
 *     relay.start();                                                 // deliveries begin; sending needs no start
 *     relay.send("executor", "order", order);
 * }
 * }</pre>
 *
 * <p>It reconnects by itself and sends again, in order, what has no outcome; only a fatal code (such as NAME_IN_USE) ends it. Messages of one
 * sender arrive in order; no order is promised between a sender's direct messages, its publications and its replies. The outbox is bounded: a
 * send that finds it full waits or fails, by {@link RelayBuilder}, and inside a handler always fails at once with OUTBOX_FULL.
 */
public final class Relay implements AutoCloseable {
    private static final long CONTROL_TIMEOUT_MS = 5_000;

    private final RelayConfig config;
    private final Engine engine;
    private final HandlerPool handlers;

    Relay(RelayConfig config) {
        this.config = config;
        this.engine = new Engine(config);
        this.handlers = new HandlerPool(engine);
    }

    void connect() {
        engine.connect();
    }

    /** Connects with all defaults. */
    public static Relay connect(String name) {
        return builder(name).connect();
    }

    public static RelayBuilder builder(String name) {
        return new RelayBuilder(name);
    }

    public String name() {
        return config.name();
    }

    // ---- receiving

    /** Registers a handler for messages of this kind; {@code *} takes every kind that no other handler does. */
    public Relay on(String kind, MessageConsumer handler) {
        return on(kind, HandlerOptions.ANY, handler);
    }

    public Relay on(String kind, HandlerOptions options, MessageConsumer handler) {
        handlers.add(kind, options, message -> {
            handler.accept(message);
            return null;
        });
        return this;
    }

    /** Registers a handler whose value answers requests. */
    public Relay onRequest(String kind, Handler handler) {
        return onRequest(kind, HandlerOptions.ANY, handler);
    }

    public Relay onRequest(String kind, HandlerOptions options, Handler handler) {
        handlers.add(kind, options, handler);
        return this;
    }

    /** Deliveries begin. Register handlers first: a message without one is dead-lettered. */
    public Relay start() {
        handlers.start();
        engine.startDelivering();
        return this;
    }

    /** Everything published on matching topics after this returns is delivered; a durable one also while this agent is away. */
    public void subscribe(String pattern, boolean durable) {
        if (!Names.isPattern(pattern)) {
            throw new RelayRefused(ErrorCode.BAD_NAME.name(), "topic pattern=" + pattern, 0);
        }
        control("subscribe", Map.of("topic", pattern, "durable", durable));
    }

    public void unsubscribe(String pattern) {
        control("unsubscribe", Map.of("topic", pattern));
    }

    // ---- sending

    /** Sends and returns at once; the handle tells when the message is safe, or why not. */
    public SendHandle send(String to, String kind, @Nullable Object payload) {
        return send(StreamKey.agent(to), Engine.badTarget(to), kind, 0, HeaderBlock.EMPTY, payload);
    }

    /** Sends to a live session only, at most once, without store or retries. */
    public SendHandle sendExpress(String to, String kind, @Nullable Object payload) {
        return send(StreamKey.express(to), Engine.badTarget(to), kind, 0, HeaderBlock.EMPTY, payload);
    }

    /** Sends and waits until the recipient has handled it; throws {@link RelayDeadLettered} when it never will. */
    public Receipt sendAndWait(String to, String kind, @Nullable Object payload, Duration timeout) {
        SendHandle handle = new SendHandle();
        refuseBad(Engine.badTarget(to), kind);
        Outgoing message = engine.submit(engine.draft(
                StreamKey.agent(to),
                kind,
                Flags.WANT_RESULT,
                0,
                HeaderBlock.EMPTY,
                payload,
                new PendingSend(handle, true)));
        try {
            return Outcomes.await(handle, "send to=" + to + " kind=" + kind, timeout.toMillis());
        } catch (RelayTimeout e) {
            engine.abandonResult(message);
            throw e;
        }
    }

    /** Publishes to every matching subscription, all or none; the receipt tells how many matched. */
    public SendHandle publish(String topic, @Nullable Object payload) {
        return publish(topic, "", payload);
    }

    public SendHandle publish(String topic, String kind, @Nullable Object payload) {
        if (!Names.isTopic(topic)) {
            return failed(new RelayRefused(ErrorCode.BAD_NAME.name(), "topic=" + topic, 0));
        }
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.TOPIC, topic).build();
        return send(StreamKey.topics(), null, kind, 0, block, payload);
    }

    /** Asks and waits for the answer. Allowed inside a handler: replies need no handler thread. */
    public Reply request(String to, String kind, @Nullable Object payload, Duration timeout) {
        refuseBad(Engine.badTarget(to), kind);
        engine.allowReplies();
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        Outgoing message = engine.submit(engine.draft(
                StreamKey.agent(to), kind, Flags.REQUEST | Flags.WANT_RESULT, 0, HeaderBlock.EMPTY, payload, answer));
        try {
            return Outcomes.await(answer, "request to=" + to + " kind=" + kind, timeout.toMillis());
        } catch (RelayTimeout e) {
            engine.abandonRequest(message);
            throw e;
        }
    }

    private SendHandle send(
            StreamKey stream,
            @Nullable RelayRefused bad,
            String kind,
            int flags,
            byte[] block,
            @Nullable Object payload) {
        RelayRefused refusal = bad == null ? Engine.badKind(kind) : bad;
        if (refusal != null) {
            return failed(refusal);
        }
        SendHandle handle = new SendHandle();
        engine.submit(engine.draft(stream, kind, flags, 0, block, payload, new PendingSend(handle, false)));
        return handle;
    }

    private static void refuseBad(@Nullable RelayRefused bad, String kind) {
        RelayRefused refusal = bad == null ? Engine.badKind(kind) : bad;
        if (refusal != null) {
            throw refusal;
        }
    }

    private static SendHandle failed(RelayException why) {
        SendHandle handle = new SendHandle();
        handle.completeExceptionally(why);
        return handle;
    }

    // ---- operating

    /** A control operation of the protocol, section 7; returns its result fields. */
    public Map<String, @Nullable Object> control(String op, Map<String, ?> arguments) {
        return engine.control(op, arguments, CONTROL_TIMEOUT_MS);
    }

    public boolean isConnected() {
        return engine.state() == ClientSession.State.OPEN;
    }

    public Health getHealth() {
        List<Health.Deduction> deductions = new ArrayList<>();
        boolean isConnected = isConnected();
        if (!isConnected) {
            deductions.add(new Health.Deduction(
                    "disconnected", 60, engine.state() + " " + engine.link().lastFailure()));
        }
        int used = engine.outboxMessages() * 100 / config.maxOutboxMessages();
        if (used >= 75) {
            deductions.add(new Health.Deduction("outbox", used >= 95 ? 30 : 15, "percentFull=" + used));
        }
        int points = deductions.stream().mapToInt(Health.Deduction::points).sum();
        return new Health(Math.max(0, 100 - points), isConnected, List.copyOf(deductions));
    }

    /** Counters and levels by name; counters only rise. */
    public Map<String, Long> getMetrics() {
        Map<String, Long> m = new TreeMap<>();
        engine.lock.lock();
        try {
            SessionCounters c = engine.session.counters();
            m.put("sent", c.sentCount);
            m.put("resent", c.resentCount);
            m.put("receipts", c.receiptCount);
            m.put("refused", c.refusedCount);
            m.put("results", c.resultCount);
            m.put("delivered", c.deliveredCount);
            m.put("redelivered", c.redeliveredCount);
            m.put("duplicates", c.duplicateCount);
            m.put("held_back", c.heldBackCount);
            m.put("acked", c.ackedCount);
            m.put("nacked", c.nackedCount);
            m.put("skipped", c.skippedCount);
            m.put("replies", c.replyCount);
            m.put("late_replies", c.lateReplyCount);
            m.put("late_receipts", c.lateReceiptCount);
            m.put("connections", c.connectionCount);
            m.put("store_resets", c.storeResetCount);
            m.put("outbox_messages", (long) engine.session.outboxMessages());
            m.put("outbox_bytes", engine.session.outboxBytes());
            m.put("pending_requests", (long) engine.session.pendingRequests());
            m.put("inbox_queued", (long) engine.session.inboxQueued());
            m.put("lanes", (long) engine.session.laneCount());
        } finally {
            engine.lock.unlock();
        }
        m.put("paused", engine.outcomes.pausedCount.sum());
        m.put("errors", engine.outcomes.errorCount.sum());
        return m;
    }

    // ---- closing

    /** Drains as long as the close timeout says, then closes. */
    @Override
    public void close() {
        close(Duration.ofMillis(config.closeTimeoutMs()));
    }

    /**
     * Stops deliveries, waits for running handlers and outcomes, then closes. Returns how many messages have no outcome; their handles fail with
     * {@link RelayClosed}.
     */
    public int close(Duration timeout) {
        int unresolved = engine.drain(timeout.toMillis());
        engine.stop();
        return unresolved;
    }
}
