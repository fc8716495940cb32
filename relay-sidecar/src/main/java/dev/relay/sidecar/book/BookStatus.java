package dev.relay.sidecar.book;

/** Whether a reader may believe a book. */
public enum BookStatus {
    /** Waiting for a snapshot that fits the stream. */
    SYNCING,
    /** Every update id is accounted for, sides are uncrossed. */
    LIVE,
    /** The connection is gone; the levels are the last known ones. */
    STALE
}
