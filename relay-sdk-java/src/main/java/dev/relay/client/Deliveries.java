package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Inbound;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Hands deliveries to handler threads, one message per lane at a time. A handler thread with nothing to run writes what its handlers left,
 * then reads for itself while handlers are quick, else waits here until another thread has read something. Its fields are guarded by the
 * engine's lock. Holds nothing: what waits for a handler waits in the session, bounded by the credit.
 */
final class Deliveries {
    final HandlerPace pace = new HandlerPace();
    private final Engine engine;
    private final ClientSession session;
    private final Link link;
    private final Condition readyToRun;
    private int waitingHandlers;
    private int running;
    private boolean isStopping;

    Deliveries(Engine engine) {
        this.engine = engine;
        this.session = engine.session;
        this.link = engine.link;
        this.readyToRun = engine.lock.newCondition();
    }

    // ---- begin and end

    void begin() {
        engine.enter(() -> session.deliver(true));
    }

    /**
     * A reply needs credit like any delivery. An agent that asks before it has started gives it; what else arrives waits in the inbox until
     * {@link HandlerPool#start}.
     */
    void allowReplies() {
        engine.lock.lock();
        try {
            if (!session.isDelivering() && !isStopping) {
                session.deliver(true);
            }
        } finally {
            engine.lock.unlock();
        }
    }

    /** With the lock held: no handler starts any more. */
    void stop() {
        isStopping = true;
        if (session.state() != ClientSession.State.CLOSED) {
            session.deliver(false);
        }
        readyToRun.signalAll();
    }

    /** With the lock held: no handler runs. */
    boolean isIdle() {
        return running == 0;
    }

    // ---- the next message

    /** The next message for a handler thread; null when the client stops. */
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
        engine.lock.lock();
        try {
            return startLocked();
        } finally {
            engine.lock.unlock();
        }
    }

    private @Nullable Inbound startLocked() {
        Inbound next = isStopping ? null : session.startNext();
        if (next != null) {
            running++;
        }
        return next;
    }

    private @Nullable Inbound awaitNext() throws InterruptedException {
        engine.lock.lock();
        waitingHandlers++;
        try {
            Inbound next;
            while ((next = startLocked()) == null && !isStopping) {
                readyToRun.await();
            }
            return next;
        } finally {
            waitingHandlers--;
            engine.lock.unlock();
        }
    }

    // ---- waking

    /** With the lock held: something can be started. */
    void readyLocked() {
        if (waitingHandlers > 0 && !link.isReadByHandler()) {
            readyToRun.signal();
        }
    }

    /** Something is to be run and whoever read it takes his time. */
    void wake() {
        engine.lock.lock();
        try {
            if (waitingHandlers > 0 && session.hasReady()) {
                readyToRun.signal();
            }
        } finally {
            engine.lock.unlock();
        }
    }

    /** With the lock held: a handler has left its lane, which may have more. */
    void left() {
        running--;
    }

    /** With the lock held: what the handler decided is in the session. */
    void wakeNext() {
        if (session.hasReady() && !pace.isFast()) {
            readyLocked();
        }
        engine.changed.signalAll();
    }

    /** A handler ran for so long. */
    void ran(long ns) {
        pace.ran(ns);
        link.beat();
    }
}
