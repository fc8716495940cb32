package dev.relay.daemon.transport;

import dev.relay.daemon.session.CloseReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** What the transport counts since its start. Written by the core thread, read by any. */
public final class TransportCounts {
    private final AtomicLong openedCount = new AtomicLong();
    private final AtomicLong openCount = new AtomicLong();
    private final AtomicLong unauthorizedCount = new AtomicLong();
    private final AtomicLong evictedCount = new AtomicLong();
    private final AtomicLong turnedAwayCount = new AtomicLong();
    private final Map<CloseReason, AtomicLong> closedCounts = zeros();

    private static Map<CloseReason, AtomicLong> zeros() {
        Map<CloseReason, AtomicLong> zeros = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            zeros.put(reason, new AtomicLong());
        }
        return zeros;
    }

    private AtomicLong of(CloseReason reason) {
        return Objects.requireNonNull(closedCounts.get(reason));
    }

    void opened(int nowOpen) {
        openedCount.incrementAndGet();
        openCount.set(nowOpen);
    }

    void closed(CloseReason reason, int nowOpen) {
        of(reason).incrementAndGet();
        openCount.set(nowOpen);
    }

    void unauthorized() {
        unauthorizedCount.incrementAndGet();
    }

    void evicted() {
        evictedCount.incrementAndGet();
    }

    void turnedAway() {
        turnedAwayCount.incrementAndGet();
    }

    /** Connections that ended for this reason. */
    public long closedFor(CloseReason reason) {
        return of(reason).get();
    }

    public long accepted() {
        return openedCount.get();
    }

    public long open() {
        return openCount.get();
    }

    /** Peers of a foreign user id. */
    public long refusedPeers() {
        return unauthorizedCount.get();
    }

    /** Silent connections that made room for a newcomer. */
    public long evictedSilent() {
        return evictedCount.get();
    }

    /** Peers above {@code max_connections}. */
    public long overloaded() {
        return turnedAwayCount.get();
    }
}
