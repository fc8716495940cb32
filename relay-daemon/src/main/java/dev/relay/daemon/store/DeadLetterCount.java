package dev.relay.daemon.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many dead letters one lane has for one reason. {@code oldestMs}: wall-clock milliseconds of the first death among them. */
public record DeadLetterCount(int lane, int reason, long messages, long bytes, long oldestMs) {
    private DeadLetterCount plus(DeadLetterCount other) {
        return new DeadLetterCount(
                lane, reason, messages + other.messages, bytes + other.bytes, Math.min(oldestMs, other.oldestMs));
    }

    /** Counts listed rows. */
    static List<DeadLetterCount> of(List<DeadLetterRow> rows) {
        Map<List<Integer>, DeadLetterCount> counts = new LinkedHashMap<>();
        rows.forEach(row -> counts.merge(
                List.of(row.lane(), row.reason()),
                new DeadLetterCount(row.lane(), row.reason(), 1, row.bytes(), row.deadAtMs()),
                DeadLetterCount::plus));
        return List.copyOf(counts.values());
    }
}
