package dev.relay.daemon.flow;

/**
 * The circuit breaker of a lane or of an agent: a row of failures without a success between them opens it, unless all of them are of one message (of a lane) or of one lane (of an
 * agent), which is what the retry schedule is for. Open, it holds for the cool-down; half open, one attempt decides. Knows no clock but the times it is told; keeps a few numbers. Core thread only.
 */
public final class Breaker {
    /** How things go. */
    public enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    private State state = State.CLOSED;
    private int failures;
    private boolean isOfMany;
    private long whoHigh;
    private long whoLow;
    private long openedAtNs;
    private long openedTimes;

    /** True when it opens by this failure; {@code whoHigh} and {@code whoLow} name what failed, {@code limit} 0 never opens. */
    public boolean failed(long high, long low, int limit, long nowNs) {
        if (state == State.OPEN) {
            return false;
        }
        isOfMany |= failures > 0 && (high != whoHigh || low != whoLow);
        whoHigh = high;
        whoLow = low;
        failures++;
        boolean opens = limit > 0 && (state == State.HALF_OPEN || (failures >= limit && isOfMany));
        if (opens) {
            state = State.OPEN;
            openedAtNs = nowNs;
            openedTimes++;
        }
        return opens;
    }

    /** A success; true when it closes the half-open breaker. While it is open, what was under way before says nothing. */
    public boolean succeeded() {
        return state != State.OPEN && close();
    }

    /** Forgets the row; true when it was not closed. */
    public boolean close() {
        boolean wasClosed = state == State.CLOSED;
        state = State.CLOSED;
        failures = 0;
        isOfMany = false;
        return !wasClosed;
    }

    /** True when the cool-down is over with this call: one attempt may go. */
    public boolean cooled(long nowNs, long coolDownNs) {
        if (state != State.OPEN || nowNs - openedAtNs < coolDownNs) {
            return false;
        }
        state = State.HALF_OPEN;
        return true;
    }

    public State state() {
        return state;
    }

    public boolean isHalfOpen() {
        return state == State.HALF_OPEN;
    }

    /** Nothing to forget: no failure since the last success. */
    public boolean isClean() {
        return failures == 0 && state == State.CLOSED;
    }

    public int failures() {
        return failures;
    }

    public long openedAtNs() {
        return openedAtNs;
    }

    public long openedTimes() {
        return openedTimes;
    }
}
