package dev.relay.sidecar.order;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The keys of fills already booked. Owned by the thread "orders".
 *
 * <p>Bounded: beyond {@code capacity} keys the oldest leave. A venue's trade ids grow, so an arriving key is then compared
 * with nothing older than the window; the journal's unique key still refuses a second booking of it.
 */
final class FillLedger {
    private final int capacity;
    private final Set<Fill.Key> keys = new LinkedHashSet<>();

    FillLedger(int capacity) {
        this.capacity = capacity;
    }

    /** True when the key is new; it is then remembered. */
    boolean add(Fill.Key key) {
        if (!keys.add(key)) {
            return false;
        }
        if (keys.size() > capacity) {
            var oldest = keys.iterator();
            oldest.next();
            oldest.remove();
        }
        return true;
    }

    boolean contains(Fill.Key key) {
        return keys.contains(key);
    }

    Set<Fill.Key> snapshot() {
        return new HashSet<>(keys);
    }
}
