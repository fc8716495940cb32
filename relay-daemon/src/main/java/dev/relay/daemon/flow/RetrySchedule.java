package dev.relay.daemon.flow;

import dev.relay.protocol.Limits;

/**
 * When a failed message runs again (invariant I15). All times are offsets from its first failure, in connected milliseconds; the schedule knows no
 * clock. Stateless.
 */
public final class RetrySchedule {
    /** There is no further attempt: the message is dead. */
    public static final long DEAD = -1;

    /**
     * When the next attempt is due (I15).
     *
     * @param failures how many attempts have failed, this one included
     * @param elapsedMs time since the first failure
     * @param delayMs what the handler asked for, 0 for nothing; it can delay an attempt, never hasten it
     * @return offset of the next attempt, or {@link #DEAD}
     */
    public static long nextOffsetMs(int failures, long elapsedMs, long delayMs) {
        if (failures > Limits.RETRIES || elapsedMs >= Limits.RETRY_BUDGET_MS) {
            return DEAD;
        }
        return Math.max(Limits.retryOffsetMs(failures), elapsedMs + delayMs);
    }

    /** True when an attempt at this offset comes too late: the message dies at the end of the budget instead. */
    public static boolean isPastBudget(long offsetMs) {
        return offsetMs > Limits.RETRY_BUDGET_MS;
    }

    private RetrySchedule() {}
}
