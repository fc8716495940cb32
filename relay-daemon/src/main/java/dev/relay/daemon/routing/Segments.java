package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LongCounts;
import dev.relay.daemon.store.Recovered;
import java.util.List;

/** How many (lane, frame) pairs of each stored segment are unfinished; at zero the next batch deletes it. Core thread only; bounded by what is stored. */
final class Segments {
    private final Core core;
    private final LongCounts live = new LongCounts();

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
            live.set(segment, count);
        }
    }

    void release(long segment) {
        int count = live.get(segment);
        if (count == 0) {
            throw new IllegalStateException("segment is not live: segment=" + segment);
        }
        live.set(segment, count - 1);
        if (count == 1) {
            core.next.addEmptySegment(segment);
        }
    }

    int size() {
        return live.size();
    }
}
