package dev.relay.sidecar.order;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Open orders that have to end. Each is cancelled at once, and again until it has ended: every {@value #RETRY_MS} ms for a
 * minute, then every {@value #LATER_MS} ms; a cancel that found no room in the venue's limits is no reason to leave the order
 * open. Nothing is written while the venue cannot be asked, or while a cancel of the order is under way or in doubt.
 *
 * <p>Thread "orders". Bounded by the open orders; {@value #SLICE} cancels a tick, so that nobody waits behind hundreds.
 */
final class UnwantedOrders {
    private static final int SLICE = 50;
    private static final long RETRY_MS = 5_000;
    private static final long LATER_MS = 60_000;
    private static final int MANY_TRIES = 12;

    private final OrderTracker tracker;
    private final VenueOrders venue;
    private final Cancels cancels;
    private final Map<String, Try> tries = new LinkedHashMap<>();

    private record Try(long dueMs, int count) {
        static final Try FIRST = new Try(Long.MIN_VALUE, 0);

        Try again(long nowMs) {
            return new Try(nowMs + (count < MANY_TRIES ? RETRY_MS : LATER_MS), count + 1);
        }
    }

    UnwantedOrders(OrderTracker tracker, VenueOrders venue, Cancels cancels) {
        this.tracker = tracker;
        this.venue = venue;
        this.cancels = cancels;
    }

    void add(String clientId) {
        tries.putIfAbsent(clientId, Try.FIRST);
    }

    /** Everything that is open now. */
    void addAll() {
        tracker.openOrders().forEach(order -> add(order.clientId()));
    }

    /** They may stay. */
    void clear() {
        tries.clear();
    }

    void tick(long nowMs) {
        if (tries.isEmpty() || !venue.isReachable()) {
            return;
        }
        int left = SLICE;
        Map<String, Try> tried = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, Try>> all = tries.entrySet().iterator(); left > 0 && all.hasNext(); ) {
            Map.Entry<String, Try> next = all.next();
            OrderView order = tracker.find(next.getKey());
            if (order == null || order.state().isTerminal()) {
                all.remove();
            } else if (next.getValue().dueMs() <= nowMs && !isUnderWay(order)) {
                tried.put(next.getKey(), next.getValue().again(nowMs));
                left--;
            }
        }
        tries.putAll(tried);
        tried.keySet().forEach(clientId -> cancels.cancel(clientId, result -> {}));
    }

    private boolean isUnderWay(OrderView order) {
        return cancels.isWaitedFor(order.clientId()) || order.pending().equals(Doubts.CANCEL);
    }
}
