package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Lockout;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.venue.order.KeyWatch;
import java.util.function.LongSupplier;

/**
 * What Kraken's REST allows: its counter of questions, which falls with time, the {@link Lockout} that begins when it says
 * that this was too much, and whether it takes the key. A lockout of a former process finds the counter full, too. Thread
 * "orders".
 */
final class KrakenRestLimits {
    private static final double MOST = 20;
    private static final double FALL_PER_SECOND = 0.5;

    private final OrderClock clock;
    private final KeyWatch keys;
    private final Lockout lockout;
    private final LongSupplier venueMs;
    private final DecayingCounter counter = new DecayingCounter(MOST, FALL_PER_SECOND);

    KrakenRestLimits(OrderClock clock, KeyWatch keys, Lockout lockout, LongSupplier venueMs) {
        this.clock = clock;
        this.keys = keys;
        this.lockout = lockout;
        this.venueMs = venueMs;
        if (lockedForMs() > 0) {
            counter.exhaust(clock.monotonicMs());
        }
    }

    /** Takes the cost of a question; false: there is no room for it now. */
    boolean take(int cost, Priority priority) {
        return lockedForMs() == 0 && counter.take(cost, priority.share, clock.monotonicMs()) == 0;
    }

    /** How long nothing may be asked. */
    long lockedForMs() {
        return lockout.forMs(venueMs.getAsLong());
    }

    void onAccepted() {
        keys.onAccepted();
    }

    void onRefused(String refusal) {
        long nowMs = clock.monotonicMs();
        if (KrakenErrors.isLockout(refusal)) {
            counter.exhaust(nowMs);
            long namedMs = KrakenErrors.lockedUntilMs(refusal, venueMs.getAsLong());
            long roomMs = venueMs.getAsLong() + counter.waitMs(1, Priority.QUERY.share, nowMs);
            lockout.onLimited(Math.max(namedMs, roomMs), venueMs.getAsLong());
        }
        if (KrakenErrors.isOfKey(refusal)) {
            keys.onKeyRefused(refusal, nowMs);
        }
    }

    double left() {
        return counter.left(clock.monotonicMs());
    }
}
