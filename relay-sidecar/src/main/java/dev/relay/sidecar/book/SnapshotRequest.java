package dev.relay.sidecar.book;

/**
 * Whether a whole copy of the book is on its way, and whether it will still be wanted when it comes. A copy that is fetched
 * apart from the stream cannot be called back: one asked for before the book began anew is awaited and thrown away. One at a
 * time. Feed thread only.
 */
final class SnapshotRequest {
    private final boolean isFetched;
    private boolean isPending;
    private boolean isObsolete;

    SnapshotRequest(SnapshotSource source) {
        isFetched = source == SnapshotSource.REQUEST;
    }

    boolean isPending() {
        return isPending;
    }

    void sent() {
        isPending = true;
    }

    /** A subscription asks for the copy by itself, where it comes in the stream. */
    void onSubscribed() {
        isPending |= !isFetched;
    }

    /** The book begins anew: what was asked for before tells of another one. */
    void outdate() {
        isObsolete = isPending && isFetched;
    }

    /** With the stream goes the copy that it would have brought. */
    void onDisconnected() {
        outdate();
        isPending = isObsolete;
    }

    /** It came, or failed for good. True when it was still wanted. */
    boolean settle() {
        boolean wasWanted = !isObsolete;
        isPending = false;
        isObsolete = false;
        return wasWanted;
    }
}
