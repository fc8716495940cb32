package dev.relay.sidecar.book;

/** Why a book left or entered a state. */
public enum SyncReason {
    START,
    SYNCED,
    /** An update id is missing. */
    GAP,
    /** Update ids go on from a number long past: the venue has begun to count anew. */
    RENUMBERED,
    /** Best bid at or above best ask after a clean sequence. */
    CROSSED,
    /** The venue's own best bid/ask at the same update id differs. */
    DISAGREED,
    /** The venue's checksum over the top levels differs. */
    CHECKSUM,
    /** Changes removed the last level of a side; only a snapshot can tell an empty market from a lost change. */
    EMPTY,
    /** Due for a new snapshot, because levels beyond the proof may have gone wrong unseen. */
    REFRESH,
    /** Nothing was heard of it for long while others were: a new copy tells whether the market or the stream is still. */
    SILENT,
    /** A number does not fit the instrument's scale. */
    PRECISION,
    /** The published depth reaches beyond what the snapshot covered. */
    RANGE,
    /** Too many events arrived while waiting for a snapshot. */
    OVERFLOW,
    DISCONNECTED
}
