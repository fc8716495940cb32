package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.LaneFloor;
import dev.relay.client.internal.MessageClass;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionConfig;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
    /** With fewer messages under way each is written at once; with more, until so many wait, they go together. */
    private static final int WRITE_AT_ONCE = 16;

    private static final int WRITE_TOGETHER = 64;
    /** A handler that takes longer is worth a thread of its own. */
    private static final long FAST_HANDLER_NS = 20_000;

    private static final long HELD_ANSWERS_NS = 200_000;

    final RelayConfig config;
    final ReentrantLock lock = new ReentrantLock();
    final ClientSession session;
    final Outcomes outcomes;
    private final Condition changed = lock.newCondition();
    private final Condition readyToRun = lock.newCondition();
    private final Link link;
    private final @Nullable InboxRecorder recorder;
    private int waitingHandlers;
    private int running;
    private boolean isStopping;
    /** How long handlers take, smoothed; what races costs it a sample. */
    private volatile long handlerNs = 10 * FAST_HANDLER_NS;

    private volatile long flushedNs;
    private final AtomicBoolean isInboxClosed = new AtomicBoolean();

    Engine(RelayConfig config) {
        this.config = config;
        this.outcomes = new Outcomes(config.name(), this::readyLocked, this::completed);
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
        this.recorder = config.inbox() == null ? null : new InboxRecorder(config.inbox(), this);
        session.declare(config.declared());
        if (config.takesOver()) {
            session.takeOver();
        }
        if (config.inbox() != null) {
            session.restore(config.inbox().load().stream().map(Engine::floor).toList());
        }
    }

    private static LaneFloor floor(InboxPosition p) {
        return new LaneFloor(p.store(), p.sender(), MessageClass.ofWire(p.laneClass()), p.epoch(), p.seq());
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
        RelayException refusal = outcomes.fatal() != null ? outcomes.fatal() : outcomes.nameInUse();
        return refusal != null
                ? refusal
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
        closeInbox();
    }

    private void closeInbox() {
        InboxStore inbox = config.inbox();
        if (inbox != null && !isInboxClosed.getAndSet(true)) {
            inbox.close();
        }
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
            link.flushSoon();
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
        try {
            return submitAndWrite(draft);
        } finally {
            outcomes.deliver();
        }
    }

    private Outgoing submitAndWrite(Draft draft) {
        lock.lock();
        try {
            return submitLocked(draft, deadlineNs());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayClosed("interrupted while waiting for room in the outbox");
        } finally {
            lock.unlock();
            link.flush();
        }
    }

    /** Few under way: the next one goes at once. Many: they go together, when their bytes are worth it or when something else is written. */
    private boolean isWriteDue() {
        int unwritten = session.unwrittenMessages();
        return unwritten >= WRITE_TOGETHER || (unwritten > 0 && session.unreceiptedMessages() < WRITE_AT_ONCE);
    }

    private void write(boolean isDue) {
        if (isDue) {
            link.flush();
        } else {
            link.flushSoon();
        }
    }

    /** Submits one that nobody waits for yet; its handle hears the outcome, an interruption of this call too. */
    void submitOne(Draft draft) {
        boolean isDue = false;
        lock.lock();
        try {
            submitLocked(draft, deadlineNs());
            isDue = isWriteDue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failFrom(List.of(draft), 0, new RelayClosed("interrupted while waiting for room in the outbox"));
        } finally {
            lock.unlock();
            write(isDue);
            outcomes.deliver();
        }
    }

    /** Submits all in order under one deadline; at the first that finds no room the rest fail with OUTBOX_FULL through their handles. */
    void submitAll(List<Draft> drafts) {
        int done = 0;
        lock.lock();
        try {
            long deadlineNs = deadlineNs();
            for (; done < drafts.size(); done++) {
                submitLocked(drafts.get(done), deadlineNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failFrom(drafts, done, new RelayClosed("interrupted while waiting for room in the outbox"));
        } catch (RelayRefused e) {
            if (done == 0) {
                throw e;
            }
            failFrom(drafts, done, e);
        } finally {
            boolean isDue = isWriteDue();
            lock.unlock();
            write(isDue);
            outcomes.deliver();
        }
    }

    private static void failFrom(List<Draft> drafts, int from, RelayException why) {
        for (Draft draft : drafts.subList(from, drafts.size())) {
            if (draft.attachment() instanceof PendingSend send) {
                send.handle().completeExceptionally(why);
            }
        }
    }

    private long deadlineNs() {
        long waitMs = HandlerPool.isHandlerThread() ? 0 : config.sendWaitMs();
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    }

    private Outgoing submitLocked(Draft draft, long deadlineNs) throws InterruptedException {
        while (true) {
            checkOpen();
            Outgoing message = session.submit(draft);
            if (message != null) {
                if (draft.attachment() instanceof PendingSend send) {
                    send.handle().message = ref(message);
                    send.handle().engine = this;
                }
                return message;
            }
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new RelayRefused(
                        "OUTBOX_FULL", "send to " + draft.stream().target(), 0);
            }
            link.flushSoon();
            changed.awaitNanos(leftNs);
        }
    }

    private MessageRef ref(Outgoing message) {
        StreamKey stream = message.draft().stream();
        return new MessageRef(
                stream.targetKind(),
                stream.target(),
                stream.messageClass().wire(),
                session.epoch(),
                message.seq(),
                new UUID(message.idMsb(), message.idLsb()));
    }

    private void checkOpen() {
        if (session.state() == ClientSession.State.CLOSED) {
            RelayException fatal = outcomes.fatal();
            throw fatal != null ? fatal : new RelayClosed("the client is closed");
        }
    }

    void abandonRequest(Outgoing message) {
        locked(() -> session.abandonRequest(message));
    }

    void abandonResult(Outgoing message) {
        locked(() -> session.abandonResult(message));
    }

    /** What later connections say of this agent when they are made. */
    void declare(Map<String, ?> given) {
        lock.lock();
        try {
            session.declare(given);
        } finally {
            lock.unlock();
        }
    }

    /** One control call; fails with {@link RelayRefused} when the daemon says no. */
    Map<String, @Nullable Object> control(String op, Map<String, ?> arguments, long timeoutMs) {
        Awaited<Map<String, @Nullable Object>> answer;
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
        link.flush();
        return await(answer, "control op=" + op, timeoutMs);
    }

    /** Waits for an answer; reads for itself what comes meanwhile if nobody else does. */
    <T> T await(Awaited<T> answer, String what, long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return Outcomes.await(() -> link.await(answer, deadlineNs), what, timeoutMs);
    }

    private void completed() {
        link.completed();
    }

    boolean hasUnwritten() {
        lock.lock();
        try {
            return session.unwrittenMessages() > 0;
        } finally {
            lock.unlock();
        }
    }

    long silenceNs() {
        lock.lock();
        try {
            return session.silenceNs();
        } finally {
            lock.unlock();
        }
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

    /**
     * The next message for a handler thread; null when the client stops. With nothing to run the thread writes what its handlers left, then reads for itself, or waits until
     * another thread has read something.
     */
    @Nullable
    Inbound takeNext() throws InterruptedException {
        while (true) {
            Inbound next = startNext();
            if (next != null) {
                return next;
            }
            link.flush();
            if (!link.readForHandler()) {
                return awaitNext();
            }
        }
    }

    private @Nullable Inbound startNext() {
        lock.lock();
        try {
            Inbound next = isStopping ? null : session.startNext();
            if (next != null) {
                running++;
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Inbound awaitNext() throws InterruptedException {
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
        if (waitingHandlers > 0 && !link.isReadByHandler()) {
            readyToRun.signal();
        }
    }

    /** Something is to be run and whoever read it takes his time. */
    void wakeHandler() {
        lock.lock();
        try {
            if (waitingHandlers > 0 && session.hasReady()) {
                readyToRun.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Handlers return so quickly that handing them to another thread would cost more. */
    boolean hasFastHandlers() {
        return handlerNs < FAST_HANDLER_NS;
    }

    /** A handler ran for so long. */
    void ran(long ns) {
        long before = handlerNs;
        handlerNs = before + (Math.min(ns, 10 * FAST_HANDLER_NS) - before) / 8;
        link.beat();
    }

    /** Its ack is written at once, or, while handlers are quick, together with those that follow in this moment. */
    void returned(Inbound message, boolean acked) {
        lock.lock();
        try {
            running--;
            session.returned(message, acked);
            wakeNextHandler();
        } finally {
            lock.unlock();
        }
        long now = System.nanoTime();
        if (!hasFastHandlers() || now - flushedNs > HELD_ANSWERS_NS) {
            flushedNs = now;
            link.flush();
        }
        outcomes.deliver();
    }

    void failed(Inbound message, Message.Nack failure) {
        byte[] text = clip(failure.error());
        locked(() -> {
            running--;
            session.failed(message, failure.nackClass(), failure.delayMs(), text);
            wakeNextHandler();
        });
    }

    /** A failure by hand, after the handler. */
    void nack(Inbound message, Message.Nack failure) {
        byte[] text = clip(failure.error());
        locked(() -> session.failed(message, failure.nackClass(), failure.delayMs(), text));
    }

    private void wakeNextHandler() {
        if (session.hasReady() && !hasFastHandlers()) {
            readyLocked();
        }
        changed.signalAll();
    }

    /** An ack by hand: recorded first, if there is an inbox. */
    void ack(Inbound message) {
        try {
            record(message);
        } catch (AlreadyDone e) {
            recorded(message);
        }
        locked(() -> session.ack(message));
    }

    /** The handler has finished the message: the application's inbox hears of it before the daemon does. */
    void record(Inbound message) {
        if (recorder != null) {
            recorder.done(message);
        }
    }

    /** As {@link #record}, asked for by the handler; false while an earlier message of the lane is open, or without an inbox. */
    boolean record(Inbound message, byte[] state) {
        return recorder != null && recorder.done(message, state);
    }

    @Nullable
    Inbound recordable(Inbound message) {
        lock.lock();
        try {
            return session.recordable(message);
        } finally {
            lock.unlock();
        }
    }

    void recorded(Inbound message) {
        lock.lock();
        try {
            session.recorded(message);
        } finally {
            lock.unlock();
        }
    }

    /** By user code, at any time. */
    void respond(Inbound request, @Nullable Object value) {
        answer(request, value);
        link.flush();
    }

    /** Written with what {@link #returned} writes. */
    void answer(Inbound request, @Nullable Object value) {
        HeaderBlock.Builder block = TraceContext.answering(request.block());
        answer(request, value, block == null ? HeaderBlock.EMPTY : block.build());
    }

    void respondError(Inbound request, String error) {
        byte[] block =
                new HeaderBlock.Builder().put(HeaderKey.ERROR_TEXT, clip(error)).build();
        answer(request, null, block);
    }

    private void answer(Inbound request, @Nullable Object value, byte[] block) {
        PayloadCodec codec = Payloads.codecOf(value);
        Draft draft = new Draft(
                StreamKey.reply(request.sender()), "", 0, 0, codec.content(value), 0, block, codec.encode(value), null);
        lock.lock();
        try {
            checkOpen();
            if (!request.isRequest() || session.isAnswered(request)) {
                throw new RelayRefused(ErrorCode.NO_PENDING_REQUEST.name(), "respond to " + request.sender(), 0);
            }
            if (session.respond(request, draft) == null) {
                throw new RelayRefused("OUTBOX_FULL", "respond to " + request.sender(), 0);
            }
        } finally {
            lock.unlock();
        }
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
        link.flush();
        outcomes.deliver();
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
