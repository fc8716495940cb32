package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** One timer per lane head, on the monotonic clock. Core thread only; a lane whose timer moved leaves a stale entry that is dropped when it comes up. */
final class Timers {
    private record Entry(long atNs, long order, Lane lane) {}

    private final PriorityQueue<Entry> entries = new PriorityQueue<>((a, b) -> {
        int c = Long.compare(a.atNs, b.atNs);
        return c != 0 ? c : Long.compare(a.order, b.order);
    });
    private long order;

    void schedule(Lane lane, long atNs) {
        if (atNs < lane.timerNs) {
            lane.timerNs = atNs;
            entries.add(new Entry(atNs, order++, lane));
        }
    }

    /** The next lane that is due, or null. */
    @Nullable
    Lane due(long nowNs) {
        for (Entry e = entries.peek(); e != null && e.atNs <= nowNs; e = entries.peek()) {
            entries.poll();
            if (e.lane.timerNs == e.atNs) {
                e.lane.timerNs = Long.MAX_VALUE;
                return e.lane;
            }
        }
        return null;
    }

    long nextNs() {
        Entry e = entries.peek();
        return e == null ? Long.MAX_VALUE : e.atNs;
    }
}
