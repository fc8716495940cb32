package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.ClientSession.State;
import dev.relay.client.internal.LaneFloor;
import dev.relay.client.internal.MessageClass;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionConfig;
import dev.relay.protocol.Clock;
import java.security.SecureRandom;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The one session of a client and the lock around it. Reader, writer, handler and user threads enter it one at a time, for one batch or one call;
 * no user code and no I/O runs inside. Outcomes are collected inside and given to their futures outside, by {@link Outcomes}. What may be asked of the
 * session stands with who asks: {@link Calls} of user threads, {@link Deliveries} to handler threads, {@link Settlements} of what they have handled. This class
 * has its beginning and its end. Bounded by the session.
 */
final class Engine {
    final RelayConfig config;
    final ReentrantLock lock = new ReentrantLock();
    /** Something that somebody may wait for has happened: room, an outcome, a connection, the end of a handler. */
    final Condition changed = lock.newCondition();

    final ClientSession session;
    final Outcomes outcomes;
    final Link link;
    final Calls calls;
    final Deliveries deliveries;
    final Settlements settlements;
    private final AtomicBoolean isInboxClosed = new AtomicBoolean();

    Engine(RelayConfig config) {
        this.config = config;
        this.outcomes = new Outcomes(config.name(), this::readyLocked, this::completed);
        this.session = newSession(config, outcomes);
        this.link = new Link(this);
        this.calls = new Calls(this);
        this.deliveries = new Deliveries(this);
        this.settlements = new Settlements(this);
    }

    private static ClientSession newSession(RelayConfig config, Outcomes outcomes) {
        SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());
        ClientSession session = new ClientSession(sessionConfig(config), Clock.system(), random, outcomes);
        session.declare(config.declared());
        if (config.takesOver()) {
            session.takeOver();
        }
        if (config.inbox() != null) {
            session.restore(config.inbox().load().stream().map(Engine::floor).toList());
        }
        return session;
    }

    private static SessionConfig sessionConfig(RelayConfig config) {
        return new SessionConfig(
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
    }

    private static LaneFloor floor(InboxPosition p) {
        return new LaneFloor(p.store(), p.sender(), MessageClass.ofWire(p.laneClass()), p.epoch(), p.seq());
    }

    private void readyLocked() {
        deliveries.readyLocked();
    }

    private void completed() {
        link.completed();
    }

    // ---- the lock

    /** One step of the session by whoever calls; then what it left is written and what it decided is told. */
    void enter(Runnable step) {
        lock.lock();
        try {
            step.run();
        } finally {
            lock.unlock();
        }
        link.flush();
        outcomes.deliver();
    }

    /** Waits with the lock held until it is true, at most so long; false when the time was up or this thread was interrupted, whose flag then stays. */
    private boolean awaitLocked(BooleanSupplier isTrue, long timeoutMs) {
        long leftNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        try {
            while (!isTrue.getAsBoolean() && leftNs > 0) {
                leftNs = changed.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return isTrue.getAsBoolean();
    }

    /** Called by the link after every batch, with the lock held. */
    void batchDone() {
        changed.signalAll();
    }

    // ---- from the first connection to the last

    /** Starts the threads and waits until the daemon has answered. */
    void connect() {
        link.start();
        lock.lock();
        try {
            awaitLocked(
                    () -> session.state() == State.OPEN || session.state() == State.CLOSED, config.connectTimeoutMs());
        } finally {
            lock.unlock();
        }
        if (state() != State.OPEN) {
            stop();
            throw notConnected();
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

    /** Stops deliveries and waits until handlers have returned and everything has an outcome; returns what has none. */
    int drain(long timeoutMs) {
        lock.lock();
        try {
            deliveries.stop();
            link.flushSoon();
            awaitLocked(this::isSettled, timeoutMs);
            return session.outboxMessages();
        } finally {
            lock.unlock();
        }
    }

    private boolean isSettled() {
        boolean isIdle = deliveries.isIdle() && session.outboxMessages() == 0 && !session.hasAcks();
        return isIdle || session.state() == State.CLOSED;
    }

    /** Ends everything at once; what is unresolved is told so. */
    void stop() {
        lock.lock();
        try {
            for (Outgoing message : session.close()) {
                outcomes.onUnknown(message, "the client was closed before an answer came");
            }
            deliveries.stop();
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

    /** Inside the lock: the session takes calls, or says why not any more. */
    void checkOpen() {
        if (session.state() == State.CLOSED) {
            RelayException fatal = outcomes.fatal();
            throw fatal != null ? fatal : new RelayClosed("the client is closed");
        }
    }

    // ---- what others ask

    State state() {
        lock.lock();
        try {
            return session.state();
        } finally {
            lock.unlock();
        }
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

    int outboxMessages() {
        lock.lock();
        try {
            return session.outboxMessages();
        } finally {
            lock.unlock();
        }
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
}
