package dev.relay.sidecar.book;

/** Counters of one {@link BookSync}; written by its thread, read by others only through published images. */
public final class SyncCounts {
    long applied;
    long ignored;
    long gaps;
    long snapshots;
    long snapshotsTooOld;
    long snapshotsFailed;
    long overflows;
    long faults;
    long checksumOk;
    long checksumBad;
    long crossed;
    long emptied;
    long refreshes;

    /** Depth events applied to the book. */
    public long applied() {
        return applied;
    }

    /** Depth events that were already inside the snapshot, repeated, or came without a connection. */
    public long ignored() {
        return ignored;
    }

    /** Breaks of the id chain in a synchronised book. */
    public long gaps() {
        return gaps;
    }

    /** Snapshots loaded after the first: each ended one outage of the book. */
    public long resyncs() {
        return Math.max(0, snapshots - 1);
    }

    public long snapshots() {
        return snapshots;
    }

    public long snapshotsTooOld() {
        return snapshotsTooOld;
    }

    public long snapshotsFailed() {
        return snapshotsFailed;
    }

    public long overflows() {
        return overflows;
    }

    public long faults() {
        return faults;
    }

    /** Messages after which the book had the venue's checksum. */
    public long checksumOk() {
        return checksumOk;
    }

    public long checksumBad() {
        return checksumBad;
    }

    /** Times a clean sequence left best bid at or above best ask. */
    public long crossed() {
        return crossed;
    }

    /** Times changes left a side without any level. */
    public long emptied() {
        return emptied;
    }

    /** Snapshots asked for without cause, to heal what no proof covers. */
    public long refreshes() {
        return refreshes;
    }
}
