package dev.relay.sidecar.quality;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Verdicts of all books of a feed. The feed thread counts, any thread reads. */
public final class QualityCounts {
    private final Map<Verdict, LongAdder> counts = new EnumMap<>(Verdict.class);

    public QualityCounts() {
        for (Verdict verdict : Verdict.values()) {
            counts.put(verdict, new LongAdder());
        }
    }

    void add(Verdict verdict) {
        LongAdder count = counts.get(verdict);
        if (count != null) {
            count.increment();
        }
    }

    public long of(Verdict verdict) {
        LongAdder count = counts.get(verdict);
        return count == null ? 0 : count.sum();
    }
}
