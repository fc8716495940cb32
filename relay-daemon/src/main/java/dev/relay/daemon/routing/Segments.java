package dev.relay.daemon.routing;

import dev.relay.daemon.store.Recovered;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many (lane, frame) pairs of each stored segment are unfinished; at zero the next batch deletes it. Core thread only; bounded by what is stored. */
final class Segments {
    private final Core core;
    private final Map<Long, int[]> live = new HashMap<>();

    Segments(Core core, List<Recovered.SegmentRow> rows) {
        this.core = core;
        for (Recovered.SegmentRow row : rows) {
            add(row.no(), row.live());
        }
    }

    void add(long segment, int count) {
        if (count == 0) {
            core.next.addEmptySegment(segment);
        } else {
            live.put(segment, new int[] {count});
        }
    }

    void release(long segment) {
        int[] count = live.get(segment);
        if (count == null) {
            throw new IllegalStateException("segment is not live: segment=" + segment);
        }
        if (--count[0] == 0) {
            live.remove(segment);
            core.next.addEmptySegment(segment);
        }
    }

    int size() {
        return live.size();
    }
}
