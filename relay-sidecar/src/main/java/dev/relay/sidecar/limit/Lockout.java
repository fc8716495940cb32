package dev.relay.sidecar.limit;

import java.util.function.LongConsumer;

/**
 * The time before which a venue may be asked nothing. It named that time itself; where it named none it is 1 s from now, doubled by each limit of the last minutes, up to
 * 2 min: a strike fades after a minute without one, so that one good answer does not start the climb anew. Each new time is handed to the journal, so that a ban outlives a
 * restart. Times are the venue's clock in milliseconds. Thread "orders"; nothing here grows.
 */
public final class Lockout {
    private static final long MINUTE_MS = 60_000;
    private static final long FIRST_BACK_OFF_MS = 1_000;
    private static final int MAX_STRIKES = 7;

    private final LongConsumer journal;
    private long untilMs;
    private int strikes;
    private long strikeAtMs;
    private long count;

    /**
     * @param keptUntilMs the time that a former process left, 0 without one
     * @param journal takes a new time
     */
    public Lockout(long keptUntilMs, LongConsumer journal) {
        this.untilMs = keptUntilMs;
        this.journal = journal;
    }

    /** How long nothing may be asked. */
    public long forMs(long venueMs) {
        return Math.max(0, untilMs - venueMs);
    }

    /**
     * The venue refused for a limit.
     *
     * @param namedUntilMs the time that it named, 0 without one
     */
    public void onLimited(long namedUntilMs, long venueMs) {
        count++;
        strikes = (int) Math.max(0, strikes - (venueMs - strikeAtMs) / MINUTE_MS);
        long backOffMs = FIRST_BACK_OFF_MS << strikes;
        strikes = Math.min(MAX_STRIKES, strikes + 1);
        strikeAtMs = venueMs;
        long until = namedUntilMs > venueMs ? namedUntilMs : venueMs + backOffMs;
        if (until > untilMs) {
            untilMs = until;
            journal.accept(until);
        }
    }

    /** Refusals for a limit. */
    public long count() {
        return count;
    }
}
