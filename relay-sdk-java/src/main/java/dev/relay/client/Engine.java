package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionConfig;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one session of a client and the lock around it. Reader, writer, handler and user threads enter it one at a time, for one batch or one call;
 * no user code and no I/O runs inside. Outcomes are collected inside and given to their futures outside, by {@link Outcomes}.
 * Bounded by the session; a caller that meets a full outbox waits outside the lock or fails, as configured.
 */
final class Engine {
    private static final int MAX_ERROR_BYTES = 512;

    final RelayConfig config;
    final ReentrantLock lock = new ReentrantLock();
    final ClientSession session;
    final Outcomes outcomes;
    private final Condition changed = lock.newCondition();
    private final Condition readyToRun = lock.newCondition();
    private final Link link;
    private int waitingHandlers;
    private int running;
    private boolean isStopping;

    Engine(RelayConfig config) {
        this.config = config;
        this.outcomes = new Outcomes(config.name(), this::readyLocked);
        SessionConfig sessionConfig = new SessionConfig(
                config.namespace(),
                config.name(),
                config.maxOutboxMessages(),
                config.maxOutboxBytes(),
                config.maxOutboxMessages(),
                config.windowMessages(),
                8L << 20,
                "java/0.1.0",
                ProcessHandle.current().pid(),
                config.auth());
        long seed = new SecureRandom().nextLong();
        this.session = new ClientSession(sessionConfig, Clock.system(), new SplittableRandom(seed), outcomes);
        this.link = new Link(this);
    }

    // ---- connection

    /** Starts the threads and waits until the daemon has answered. */
    void connect() {
        link.start();
        long leftNs = TimeUnit.MILLISECONDS.toNanos(config.connectTimeoutMs());
        lock.lock();
        try {
            while (session.state() != ClientSession.State.OPEN
                    && session.state() != ClientSession.State.CLOSED
                    && leftNs > 0) {
                leftNs = changed.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        if (state() != ClientSession.State.OPEN) {
            stop();
            throw notConnected();
        }
    }

    ClientSession.State state() {
        lock.lock();
        try {
            return session.state();
        } finally {
            lock.unlock();
        }
    }

    private RelayException notConnected() {
        RelayException fatal = outcomes.fatal();
        return fatal != null
                ? fatal
                : new RelayException(
                        "NOT_CONNECTED",
                        "no daemon answers: socket=" + config.socket() + " timeoutMs=" + config.connectTimeoutMs()
                                + " last=" + link.lastFailure()
                                + ". Start it with: relay daemon; or set RELAY_SOCKET.");
    }

    /** Called by the link after every batch, with the lock held. */
    void batchDone() {
        changed.signalAll();
    }

    /** Ends everything at once; what is unresolved is told so. */
    void stop() {
        lock.lock();
        try {
            isStopping = true;
            for (Outgoing message : session.close()) {
                outcomes.onUnknown(message, "the client was closed before an answer came");
            }
            readyToRun.signalAll();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        link.stop();
        outcomes.deliver();
        outcomes.close();
    }

    /** Stops deliveries and waits until handlers have returned and everything has an outcome; returns what has none. */
    int drain(long timeoutMs) {
        long leftNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        lock.lock();
        try {
            isStopping = true;
            if (session.state() != ClientSession.State.CLOSED) {
                session.deliver(false);
            }
            readyToRun.signalAll();
            link.wakeWriter();
            while ((running > 0 || session.outboxMessages() > 0 || session.hasAcks())
                    && session.state() != ClientSession.State.CLOSED
                    && leftNs > 0) {
                leftNs = changed.awaitNanos(leftNs);
            }
            return session.outboxMessages();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return session.outboxMessages();
        } finally {
            lock.unlock();
        }
    }

    // ---- sending

    /** Submits, waiting for room when the caller may wait; the attachment hears the outcome. */
    Outgoing submit(Draft draft) {
        long leftNs = HandlerPool.isHandlerThread() ? 0 : TimeUnit.MILLISECONDS.toNanos(config.sendWaitMs());
        lock.lock();
        try {
            Outgoing message;
            while (true) {
                checkOpen();
                message = session.submit(draft);
                if (message != null) {
                    break;
                }
                if (leftNs <= 0) {
                    throw new RelayRefused(
                            "OUTBOX_FULL", "send to " + draft.stream().target(), 0);
                }
                leftNs = changed.awaitNanos(leftNs);
            }
            return message;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayClosed("interrupted while waiting for room in the outbox");
        } finally {
            lock.unlock();
            link.wakeWriter();
            outcomes.deliver();
        }
    }

    private void checkOpen() {
        if (session.state() == ClientSession.State.CLOSED) {
            RelayException fatal = outcomes.fatal();
            throw fatal != null ? fatal : new RelayClosed("the client is closed");
        }
    }

    Draft draft(
            StreamKey stream,
            String kind,
            int flags,
            int ttlMs,
            byte[] block,
            @Nullable Object value,
            Object attachment) {
        PayloadCodec codec = Payloads.codecOf(value);
        return new Draft(stream, kind, flags, 0, codec.content(value), ttlMs, block, codec.encode(value), attachment);
    }

    void abandonRequest(Outgoing message) {
        locked(() -> session.abandonRequest(message));
    }

    void abandonResult(Outgoing message) {
        locked(() -> session.abandonResult(message));
    }

    /** One control call; fails with {@link RelayRefused} when the daemon says no. */
    Map<String, @Nullable Object> control(String op, Map<String, ?> arguments, long timeoutMs) {
        CompletableFuture<Map<String, @Nullable Object>> answer;
        lock.lock();
        try {
            checkOpen();
            long ref = session.control(op, arguments);
            if (ref == 0) {
                throw new RelayRefused("OUTBOX_FULL", "control op=" + op, 0);
            }
            answer = outcomes.expectControl(ref, op);
        } finally {
            lock.unlock();
        }
        link.wakeWriter();
        return Outcomes.await(answer, "control op=" + op, timeoutMs);
    }

    // ---- handling

    void startDelivering() {
        locked(() -> session.deliver(true));
    }

    /**
     * A reply needs credit like any delivery. An agent that asks before it has started gives it; what else arrives waits in the inbox until
     * {@link HandlerPool#start}.
     */
    void allowReplies() {
        lock.lock();
        try {
            if (!session.isDelivering() && !isStopping) {
                session.deliver(true);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Blocks a handler thread until a message may run; null when the client stops. */
    @Nullable
    Inbound takeNext() throws InterruptedException {
        lock.lock();
        try {
            Inbound next = null;
            while (!isStopping && (next = session.startNext()) == null) {
                waitingHandlers++;
                readyToRun.await();
                waitingHandlers--;
            }
            if (next != null) {
                running++;
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void readyLocked() {
        if (waitingHandlers > 0) {
            readyToRun.signal();
        }
    }

    void returned(Inbound message, boolean acked) {
        locked(() -> {
            running--;
            session.returned(message, acked);
            wakeNextHandler();
        });
    }

    void failed(Inbound message, int nackClass, String error) {
        byte[] text = clip(error);
        locked(() -> {
            running--;
            session.failed(message, nackClass, 0, text);
            wakeNextHandler();
        });
    }

    private void wakeNextHandler() {
        if (session.hasReady()) {
            readyLocked();
        }
        changed.signalAll();
    }

    void ack(Inbound message) {
        locked(() -> session.ack(message));
    }

    void respond(Inbound request, @Nullable Object value) {
        respond(request, value, HeaderBlock.EMPTY);
    }

    void respondError(Inbound request, String error) {
        byte[] block =
                new HeaderBlock.Builder().put(HeaderKey.ERROR_TEXT, clip(error)).build();
        respond(request, null, block);
    }

    private void respond(Inbound request, @Nullable Object value, byte[] block) {
        Draft draft = draft(
                StreamKey.reply(request.sender()), "", 0, 0, block, value, new PendingSend(new SendHandle(), false));
        locked(() -> {
            checkOpen();
            if (!request.isRequest() || session.isAnswered(request)) {
                throw new RelayRefused(ErrorCode.NO_PENDING_REQUEST.name(), "respond to " + request.sender(), 0);
            }
            if (session.respond(request, draft) == null) {
                throw new RelayRefused("OUTBOX_FULL", "respond to " + request.sender(), 0);
            }
        });
    }

    boolean isAnswered(Inbound request) {
        lock.lock();
        try {
            return session.isAnswered(request);
        } finally {
            lock.unlock();
        }
    }

    private static byte[] clip(String error) {
        byte[] text = error.getBytes(StandardCharsets.UTF_8);
        return text.length <= MAX_ERROR_BYTES ? text : Arrays.copyOf(text, MAX_ERROR_BYTES);
    }

    private void locked(Runnable step) {
        lock.lock();
        try {
            step.run();
        } finally {
            lock.unlock();
        }
        link.wakeWriter();
        outcomes.deliver();
    }

    // ---- checks shared by all calls

    static @Nullable RelayRefused badTarget(String name) {
        return Names.isName(name) ? null : new RelayRefused(ErrorCode.BAD_NAME.name(), "name=" + name, 0);
    }

    static @Nullable RelayRefused badKind(String kind) {
        return kind.isEmpty() || Names.isKind(kind)
                ? null
                : new RelayRefused(ErrorCode.BAD_NAME.name(), "kind=" + kind, 0);
    }

    int outboxMessages() {
        lock.lock();
        try {
            return session.outboxMessages();
        } finally {
            lock.unlock();
        }
    }

    Link link() {
        return link;
    }
}
