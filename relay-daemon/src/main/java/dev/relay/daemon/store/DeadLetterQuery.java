package dev.relay.daemon.store;

import java.util.List;

/**
 * Which dead letters are asked for: numbers above {@code after}, oldest first, at most {@code limit}. 0 and "" mean any. {@code party} is a sender or a target. Times are wall-clock
 * milliseconds of death, both ends included.
 */
public record DeadLetterQuery(
        long after, int limit, int reason, String sender, String target, String party, long fromMs, long toMs) {

    /** All of them, a page at a time. */
    public static DeadLetterQuery page(long after, int limit) {
        return new DeadLetterQuery(after, limit, 0, "", "", "", 0, Long.MAX_VALUE);
    }

    public DeadLetterQuery from(long first) {
        return new DeadLetterQuery(first, limit, reason, sender, target, party, fromMs, toMs);
    }

    boolean matches(DeadLetterRow row) {
        return row.no() > after
                && (reason == 0 || reason == row.reason())
                && (sender.isEmpty() || sender.equals(row.sender()))
                && (target.isEmpty() || target.equals(row.target()))
                && (party.isEmpty() || party.equals(row.sender()) || party.equals(row.target()))
                && row.deadAtMs() >= fromMs
                && row.deadAtMs() <= toMs;
    }

    List<DeadLetterRow> select(List<DeadLetterRow> rows) {
        return rows.stream().filter(this::matches).limit(limit).toList();
    }
}
