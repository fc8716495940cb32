package dev.relay.daemon.store;

/** What became of a batch. */
public enum CommitOutcome {
    /** Durable as a whole. */
    COMMITTED,
    /** No room: nothing of it is durable; the core refuses new sends and tries the same batch again. */
    FULL,
    /** Failed for a passing reason: nothing of it is durable; the core tries the same batch again. */
    BUSY,
    /** The disk can no longer be trusted: the process must stop without another receipt. */
    FATAL
}
