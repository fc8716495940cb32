package dev.relay.sidecar.order;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The last gate before order bytes: closed at once from any thread, read by the thread "orders" before each write that
 * changes risk. A release opens it only if nobody closed it since the release was asked for.
 */
public final class KillGate {
    private final AtomicLong closings = new AtomicLong();
    private volatile boolean isClosed;
    private volatile String reason;

    /** @param reason why it begins closed; of no meaning otherwise */
    public KillGate(boolean isClosed, String reason) {
        this.isClosed = isClosed;
        this.reason = reason;
    }

    public synchronized void close(String why) {
        closings.incrementAndGet();
        reason = why;
        isClosed = true;
    }

    /** To be given to {@link #release}. */
    public long closings() {
        return closings.get();
    }

    /** Only an explicit release does this. False: it was closed again since. */
    public synchronized boolean release(long seenClosings) {
        if (closings.get() != seenClosings) {
            return false;
        }
        isClosed = false;
        return true;
    }

    public boolean isClosed() {
        return isClosed;
    }

    /** Why it was closed last; empty while it is open. */
    public String reason() {
        return isClosed ? reason : "";
    }
}
