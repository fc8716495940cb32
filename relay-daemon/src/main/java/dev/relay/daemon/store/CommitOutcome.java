package dev.relay.daemon.store;

/** What became of a batch. */
public enum CommitOutcome {
    /** Durable as a whole. */
    COMMITTED,
    /** Durable as a whole, but in the room held back for acks: the core refuses new sends until a commit is plainly COMMITTED again. */
    COMMITTED_ON_RESERVE,
    /** No room: nothing of it is durable; the core refuses new sends and tries the same batch again. */
    FULL,
    /** Failed for a passing reason: nothing of it is durable; the core tries the same batch again. */
    BUSY,
    /** The disk can no longer be trusted: the process must stop without another receipt. */
    FATAL
}
