package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.SnapshotSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the books of one connection need besides their changes: a whole copy when a book wants one, and another when it is due, when the first does
 * not come, or when nothing is heard of a symbol while others are told. Feed thread only; one book at a time is refreshed.
 */
final class BookUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(BookUpkeep.class);
    private static final long OTHERS_FLOW_MS = 5_000;

    private final FeedConnection connection;
    private final SocketPair sockets;
    private final Venue venue;
    private final SnapshotSource source;
    private final FeedConnection.Owner owner;
    private boolean hasStreamSnapshots = true;
    private long lastDeltaAtMs;

    BookUpkeep(
            FeedConnection connection,
            SocketPair sockets,
            Venue venue,
            SnapshotSource source,
            FeedConnection.Owner owner) {
        this.connection = connection;
        this.sockets = sockets;
        this.venue = venue;
        this.source = source;
        this.owner = owner;
    }

    void onDelta(VenueBook book, Delta delta, long nowMs) {
        hasStreamSnapshots |= delta.isSnapshot();
        lastDeltaAtMs = nowMs;
        book.silence().onData(nowMs);
    }

    /** A book wants a whole copy. */
    void requestSnapshot(VenueBook book, long nowMs) {
        boolean inStream = venue.snapshots() == null || (hasStreamSnapshots && source == SnapshotSource.EITHER);
        if (!inStream) {
            owner.requestFromRest(book);
            return;
        }
        FeedSocket socket = sockets.socketOf(book);
        if (socket != null) {
            socket.callForSnapshot(book, nowMs);
        }
    }

    /** Every 100 ms, for each book; {@code socket} is the one that serves. */
    void look(VenueBook book, FeedSocket socket, long nowMs) {
        long sinceMs = nowMs - book.askedAtMs();
        if (book.sync().status() == BookStatus.LIVE) {
            int refreshEveryMs = venue.limits().refreshEveryMs();
            boolean isFree = !sockets.isHandingOver() && socket.isFree(); // one book at a time
            if (refreshEveryMs > 0 && sinceMs >= refreshEveryMs && isFree) {
                book.asked(nowMs);
                book.sync().refresh();
            } else if (isFree) {
                lookForSilence(book, nowMs);
            }
        } else if (book.sync().isSnapshotPending()
                && !book.isQueued()
                && source != SnapshotSource.REQUEST
                && sinceMs >= venue.limits().snapshotTimeoutMs()) {
            LOG.warn("snapshot_missing symbol={} waitedMs={}", book.instrument().symbol(), sinceMs);
            hasStreamSnapshots = false;
            book.sync().onSnapshotFailed();
        }
    }

    /** While other books are told, one of which nothing is heard is asked for anew; a stream that missed something goes. */
    private void lookForSilence(VenueBook book, long nowMs) {
        SilenceWatch silence = book.silence();
        if (silence.hasMissed(book.sync().seq()) && source == SnapshotSource.REQUEST) {
            warn("stream_dead", book);
            connection.life().replace(nowMs);
        } else if (silence.isSilent(nowMs) && nowMs - lastDeltaAtMs < OTHERS_FLOW_MS) {
            warn("symbol_silent", book);
            silence.onSuspected(book.sync().seq(), nowMs);
            if (isAskable(book)) {
                book.asked(nowMs);
                book.sync().onSilent();
            } else {
                connection.life().replace(nowMs);
            }
        }
    }

    private void warn(String what, VenueBook book) {
        LOG.warn(
                "{} venue={} connection={} symbol={}",
                what,
                venue.name(),
                connection.id(),
                book.sync().symbol());
    }

    private boolean isAskable(VenueBook book) {
        FeedSocket socket = sockets.serving();
        return venue.snapshots() != null || (socket != null && socket.canCallFor(book));
    }
}
