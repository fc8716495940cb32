package dev.relay.sidecar.book;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether one symbol's book may be believed, by the venue's rule for snapshot and numbered deltas.
 *
 * <p><b>The idea.</b> A venue sends numbered changes on a stream and a whole book on request. While the book is not
 * synchronised, changes are kept. A snapshot with id S then replaces the book; kept changes that end at or before S are
 * already inside it, the first later one must cover S + 1, and every further one must begin right after its
 * predecessor. A snapshot older than the kept changes is thrown away and asked for again. Any break of the chain, a
 * crossed book, a number outside the scale, or a disagreement with the venue's own best bid/ask at the same id means the
 * book is not what the exchange has: it stops being LIVE in the same call, before anybody can publish it, and only a
 * new snapshot, which replaces and never merges, makes it LIVE again.
 *
 * <p>Plain deterministic code: no sockets, no clock, no threads. Owned by the feed thread; what it needs from outside
 * (a snapshot, a publication) it asks of its {@link Port}. Only one snapshot is asked for at a time. Bounded: at most
 * {@code maxBuffered} changes wait for a snapshot; one more discards them all and begins again with reason OVERFLOW.
 */
public final class BookSync {
    /** What the state machine asks of its surroundings. Calls come on the feed thread. */
    public interface Port {
        /** Fetch a snapshot and answer with onSnapshot or onSnapshotFailed, once. */
        void requestSnapshot(BookSync sync);

        /** Book or status changed; publish at leisure. */
        void changed(BookSync sync);

        /** A step of the state machine, for log and counters. */
        void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason);
    }

    private static final long NO_EDGE = -1;

    private final String symbol;
    private final int publishedDepth;
    private final int maxBuffered;
    private final Port port;
    private final Book book;
    private final SecondOpinion secondOpinion = new SecondOpinion();
    private final ArrayDeque<Delta> waiting = new ArrayDeque<>();
    private final SyncCounts counts = new SyncCounts();

    private BookStatus status = BookStatus.STALE;
    private boolean isConnected;
    private boolean isSnapshotPending;
    private boolean isSnapshotObsolete;
    private boolean wasLive;
    private boolean isFirstAfterSnapshot;
    private boolean isReplaying;
    private long seq;
    private long eventAtMs;
    private long bidEdge = NO_EDGE;
    private long askEdge = NO_EDGE;

    public BookSync(String symbol, int publishedDepth, int maxLevels, int maxBuffered, Port port) {
        this.symbol = symbol;
        this.publishedDepth = publishedDepth;
        this.maxBuffered = maxBuffered;
        this.port = port;
        this.book = new Book(maxLevels);
        secondOpinion.clear();
    }

    /** The stream is subscribed: from now on no change is missed without its id telling. */
    public void onSubscribed() {
        isConnected = true;
        secondOpinion.clear();
        waiting.clear();
        resync(SyncReason.START);
    }

    public void onDisconnected() {
        isConnected = false;
        isSnapshotObsolete = isSnapshotPending;
        waiting.clear();
        transition(BookStatus.STALE, SyncReason.DISCONNECTED);
    }

    public void onDelta(Delta delta) {
        if (!isConnected) {
            counts.ignored++;
        } else if (status == BookStatus.LIVE) {
            applyLive(delta);
        } else {
            keep(delta);
        }
    }

    /** A depth event of this symbol held a number outside the instrument's scale. */
    public void onFault() {
        if (isConnected) {
            counts.faults++;
            resync(SyncReason.PRECISION);
        }
    }

    public void onTicker(long id, long bidPrice, long bidQuantity, long askPrice, long askQuantity) {
        secondOpinion.onTicker(id, bidPrice, bidQuantity, askPrice, askQuantity);
        if (status == BookStatus.LIVE && id == seq && !isFirstAfterSnapshot && !secondOpinion.agreesNow(book)) {
            resync(SyncReason.DISAGREED);
        }
    }

    /** The snapshot asked for; {@code limit} levels a side were requested, so a full side may go on beyond its end. */
    public void onSnapshot(Delta snapshot, int limit) {
        isSnapshotPending = false;
        if (isSnapshotObsolete || status != BookStatus.SYNCING) {
            isSnapshotObsolete = false;
            askAgainIfSyncing();
            return;
        }
        Delta first = firstAfter(snapshot.lastId());
        if (first != null && first.firstId() > snapshot.lastId() + 1) {
            counts.snapshotsTooOld++;
            askAgainIfSyncing();
            return;
        }
        load(snapshot, limit);
    }

    /** No usable snapshot came; the caller has already waited as long as its limits demand. */
    public void onSnapshotFailed() {
        isSnapshotPending = false;
        isSnapshotObsolete = false;
        counts.snapshotsFailed++;
        askAgainIfSyncing();
    }

    private void askAgainIfSyncing() {
        if (status == BookStatus.SYNCING && !isSnapshotPending) {
            isSnapshotPending = true;
            port.requestSnapshot(this);
        }
    }

    private void load(Delta snapshot, int limit) {
        book.replace(snapshot);
        seq = snapshot.lastId();
        eventAtMs = Math.max(eventAtMs, snapshot.eventAtMs());
        bidEdge = snapshot.bidCount() < limit ? NO_EDGE : snapshot.bidPrice(snapshot.bidCount() - 1);
        askEdge = snapshot.askCount() < limit ? NO_EDGE : snapshot.askPrice(snapshot.askCount() - 1);
        if (book.isCrossed()) {
            resync(SyncReason.CROSSED);
            return;
        }
        counts.snapshots++;
        counts.resyncs += wasLive ? 1 : 0;
        isFirstAfterSnapshot = true;
        wasLive = true;
        replayWaiting();
    }

    /** Nothing is published in between: readers see LIVE only when all that has arrived is in the book. */
    private void replayWaiting() {
        isReplaying = true;
        transition(BookStatus.LIVE, SyncReason.SYNCED);
        while (status == BookStatus.LIVE && !waiting.isEmpty()) {
            applyLive(waiting.poll());
        }
        isReplaying = false;
        port.changed(this);
    }

    private void applyLive(Delta delta) {
        if (delta.lastId() <= seq) {
            counts.ignored++; // already inside the snapshot, or a duplicate
            return;
        }
        if (delta.firstId() > seq + 1) {
            onHole(delta);
            return;
        }
        book.apply(delta);
        seq = delta.lastId();
        eventAtMs = delta.eventAtMs();
        isFirstAfterSnapshot = false;
        counts.applied++;
        SyncReason wrong = check();
        if (wrong != null) {
            resync(wrong);
        } else if (!isReplaying) {
            port.changed(this);
        }
    }

    /** The event behind the hole is kept: with those that follow it may continue the next snapshot. */
    private void onHole(Delta delta) {
        counts.gaps++;
        resync(SyncReason.GAP);
        waiting.addFirst(delta.copy());
    }

    private @Nullable SyncReason check() {
        if (book.isCrossed()) {
            return SyncReason.CROSSED;
        }
        if (!secondOpinion.agrees(seq, book)) {
            return SyncReason.DISAGREED;
        }
        return provenDepth()
                        < Math.min(
                                publishedDepth,
                                Math.min(book.bids().size(), book.asks().size()))
                ? SyncReason.RANGE
                : null;
    }

    /** Levels a side that the snapshot's range covers; beyond it a level never seen may exist. */
    private int provenDepth() {
        int bids = bidEdge == NO_EDGE ? Integer.MAX_VALUE : book.bids().countUpTo(bidEdge);
        int asks = askEdge == NO_EDGE ? Integer.MAX_VALUE : book.asks().countUpTo(askEdge);
        return Math.min(bids, asks);
    }

    private void keep(Delta delta) {
        if (waiting.size() >= maxBuffered) {
            counts.overflows++;
            waiting.clear();
            resync(SyncReason.OVERFLOW);
        }
        waiting.add(delta.copy());
    }

    private void resync(SyncReason reason) {
        isSnapshotObsolete = isSnapshotPending;
        transition(BookStatus.SYNCING, reason);
        askAgainIfSyncing();
    }

    private @Nullable Delta firstAfter(long id) {
        for (Delta delta : waiting) {
            if (delta.lastId() > id) {
                return delta;
            }
        }
        return null;
    }

    private void transition(BookStatus next, SyncReason reason) {
        BookStatus from = status;
        status = next;
        port.transition(this, from, next, reason);
        if (!isReplaying) {
            port.changed(this);
        }
    }

    public String symbol() {
        return symbol;
    }

    public BookStatus status() {
        return status;
    }

    public Book book() {
        return book;
    }

    /** The venue's id of the last change applied. */
    public long seq() {
        return seq;
    }

    public long eventAtMs() {
        return eventAtMs;
    }

    public SyncCounts counts() {
        return counts;
    }

    public SecondOpinion secondOpinion() {
        return secondOpinion;
    }
}
