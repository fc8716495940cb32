package dev.relay.sidecar.book;

import dev.relay.sidecar.book.SequenceRule.Step;
import java.util.ArrayDeque;

/**
 * Decides whether one symbol's book may be believed, by the venue's {@link BookRules}.
 *
 * <p><b>The idea.</b> A book begins with a whole snapshot, in the stream or fetched apart from it, and lives by changes.
 * Every change must continue the book by the venue's rule: ids that follow each other, a named predecessor, or a checksum
 * over the result. While a fetched snapshot is under way changes are kept; those inside it are dropped, the first later
 * one must join it, and a snapshot older than the kept changes is thrown away and asked for again. A break of the chain,
 * a wrong checksum, a crossed book, a side that lost its last level, a number outside the scale, or a disagreement with
 * the venue's own best bid/ask at the same id means the book is not what the exchange has: it stops being LIVE in the same
 * call, before anybody can publish it, and only a new snapshot, which replaces and never merges, makes it LIVE again.
 *
 * <p>The proof is chosen at the snapshot: one that carries ids starts a chain of ids, one without them is held to the
 * checksum on every message.
 *
 * <p>Plain deterministic code: no sockets, no clock, no threads. Owned by the feed thread; what it needs from outside
 * (a snapshot, a publication) it asks of its {@link Port}. Only one snapshot is asked for at a time. Bounded: at most
 * {@code maxWaiting} changes wait for a snapshot; one more discards them all and begins again with reason OVERFLOW.
 */
public final class BookSync {
    /** What the state machine asks of its surroundings. Calls come on the feed thread. */
    public interface Port {
        /** Fetch or call for a snapshot; it is answered by onSnapshot, a snapshot in the stream, or onSnapshotFailed. */
        void requestSnapshot(BookSync sync);

        /** Book or status changed; publish at leisure. */
        void changed(BookSync sync);

        /** A step of the state machine, for log and counters. */
        void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason);
    }

    private final String symbol;
    private final Port port;
    private final Book book;
    private final IdChain chain;
    private final BookProof proof;
    private final SnapshotRequest request;
    private final ArrayDeque<Delta> waiting = new ArrayDeque<>();
    private final SyncCounts counts = new SyncCounts();

    private BookRules rules;
    private BookStatus status = BookStatus.STALE;
    private boolean isConnected;
    private boolean isReplaying;
    private long eventAtMs;

    public BookSync(String symbol, BookRules rules, Port port) {
        this.symbol = symbol;
        this.rules = rules;
        this.port = port;
        this.book = new Book(rules.maxLevels());
        this.chain = new IdChain(rules.sequence());
        this.proof = new BookProof(rules, book, chain, counts);
        this.request = new SnapshotRequest(rules.snapshots());
    }

    /** A book of numbered changes over a requested snapshot. */
    public BookSync(String symbol, int publishedDepth, int maxLevels, int maxBuffered, Port port) {
        this(symbol, BookRules.ranges(publishedDepth, maxLevels, maxBuffered), port);
    }

    /** The units of the numbers to come; needed for checksums only. A book read in other units starts anew. */
    public void scales(Scale priceScale, Scale quantityScale) {
        proof.scales(priceScale, quantityScale);
    }

    /** The venue confirmed another window than asked for: changes beyond it will not be told. */
    public void keepDepth(int depth) {
        rules = rules.keeping(depth);
    }

    /** The stream is subscribed: from now on no change is missed without the proof telling. */
    public void onSubscribed() {
        isConnected = true;
        secondOpinion().clear();
        waiting.clear();
        request.onSubscribed();
        resync(SyncReason.START);
    }

    public void onDisconnected() {
        isConnected = false;
        request.onDisconnected();
        waiting.clear();
        transition(BookStatus.STALE, SyncReason.DISCONNECTED);
    }

    public void onDelta(Delta delta) {
        if (!isConnected) {
            counts.ignored++;
        } else if (delta.isSnapshot()) {
            loadFromStream(delta);
        } else if (status == BookStatus.LIVE) {
            applyLive(delta);
        } else if (rules.snapshots() == SnapshotSource.STREAM) {
            counts.ignored++; // the snapshot to come contains it
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

    /** Whether this change may follow the book as it is: another connection's stream can take over with it. */
    public boolean continues(Delta delta) {
        return status == BookStatus.LIVE && isChained() && chain.step(delta) != Step.GAP;
    }

    /** Whether ids prove that no change is missed, so that streams of two connections can be joined. */
    public boolean isChained() {
        return chain.isProven();
    }

    /** The connection lost a message that may have been a change of this book. */
    public void onGap() {
        if (status == BookStatus.LIVE) {
            counts.gaps++;
            resync(SyncReason.GAP);
        }
    }

    /** Begins again without cause, because parts beyond the proof may have gone wrong unseen. */
    public void refresh() {
        if (status == BookStatus.LIVE) {
            counts.refreshes++;
            resync(SyncReason.REFRESH);
        }
    }

    /** Begins again because the stream of this book may have stopped. */
    public void onSilent() {
        if (status == BookStatus.LIVE) {
            resync(SyncReason.SILENT);
        }
    }

    /** A whole book came that is older than this one. */
    public void onOld() {
        counts.ignored++;
    }

    public void onTicker(long id, long bidPrice, long bidQuantity, long askPrice, long askQuantity) {
        secondOpinion().onTicker(id, bidPrice, bidQuantity, askPrice, askQuantity);
        if (status == BookStatus.LIVE && proof.isRefutedNow(id)) {
            resync(SyncReason.DISAGREED);
        }
    }

    /** The snapshot asked for; {@code limit} levels a side were requested, so a full side may go on beyond its end. */
    public void onSnapshot(Delta snapshot, int limit) {
        if (!request.settle() || status != BookStatus.SYNCING) {
            askAgainIfSyncing();
        } else if (isOlderThanWaiting(snapshot.lastId())) {
            counts.snapshotsTooOld++;
            askAgainIfSyncing();
        } else {
            load(snapshot, limit);
        }
    }

    /** No usable snapshot came; the caller has already waited as long as its limits demand. */
    public void onSnapshotFailed() {
        request.settle();
        counts.snapshotsFailed++;
        askAgainIfSyncing();
    }

    private void askAgainIfSyncing() {
        if (status == BookStatus.SYNCING && !request.isPending()) {
            request.sent();
            port.requestSnapshot(this);
        }
    }

    private void load(Delta snapshot, int limit) {
        replaceBy(snapshot, limit, true);
        if (proof.findsCrossed()) {
            resync(SyncReason.CROSSED);
            return;
        }
        counts.snapshots++;
        replayWaiting();
    }

    private void loadFromStream(Delta snapshot) {
        request.settle();
        waiting.clear();
        replaceBy(snapshot, Integer.MAX_VALUE, false);
        counts.applied++;
        SyncReason flaw = proof.flaw(snapshot);
        if (flaw != null) {
            resync(flaw);
        } else if (status == BookStatus.LIVE) {
            port.changed(this);
        } else {
            counts.snapshots++;
            transition(BookStatus.LIVE, SyncReason.SYNCED);
        }
    }

    private void replaceBy(Delta snapshot, int limit, boolean mustJoin) {
        book.replace(snapshot, limit);
        cut();
        chain.begin(snapshot, mustJoin);
        proof.begin();
        eventAtMs = Math.max(eventAtMs, snapshot.eventAtMs());
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
        switch (chain.step(delta)) {
            case OLD -> onOldChange(delta);
            case GAP -> onHole(delta);
            case NEXT -> apply(delta);
        }
    }

    private void apply(Delta delta) {
        book.apply(delta);
        cut();
        chain.advance(delta);
        eventAtMs = delta.eventAtMs();
        counts.applied++;
        SyncReason flaw = proof.flaw(delta);
        if (flaw != null) {
            resync(flaw);
        } else if (!isReplaying) {
            port.changed(this);
        }
    }

    /** Already inside the snapshot, or a duplicate; a chain of them that goes on means that the venue numbers anew. */
    private void onOldChange(Delta delta) {
        counts.ignored++;
        chain.noteOld(delta);
        if (!isReplaying && chain.isRenumbered()) {
            chain.forgetOld();
            counts.gaps++;
            secondOpinion().clear();
            resync(SyncReason.RENUMBERED);
        }
    }

    private void cut() {
        if (rules.keptDepth() > 0) {
            book.cutTo(rules.keptDepth());
        }
    }

    /** The event behind the hole is kept: with those that follow it may continue the next snapshot. */
    private void onHole(Delta delta) {
        chain.forgetOld();
        counts.gaps++;
        resync(SyncReason.GAP);
        if (rules.snapshots() != SnapshotSource.STREAM) {
            waiting.addFirst(delta.copy());
        }
    }

    private void keep(Delta delta) {
        if (waiting.size() >= rules.maxWaiting()) {
            counts.overflows++;
            waiting.clear();
            resync(SyncReason.OVERFLOW);
        }
        waiting.add(delta.copy());
    }

    private void resync(SyncReason reason) {
        request.outdate();
        transition(BookStatus.SYNCING, reason);
        askAgainIfSyncing();
    }

    private boolean isOlderThanWaiting(long snapshotId) {
        for (Delta delta : waiting) {
            Step step = rules.sequence().join(snapshotId, delta);
            if (step != Step.OLD) {
                return step == Step.GAP;
            }
        }
        return false;
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

    /** Waiting for a snapshot that was asked for. */
    public boolean isSnapshotPending() {
        return request.isPending();
    }

    public Book book() {
        return book;
    }

    /** The venue's id of the last change applied; where it has none, the number of messages applied. */
    public long seq() {
        return chain.seq();
    }

    /** Levels a side, from the best, that the venue's own proof covers. */
    public int provenDepth() {
        return proof.depth();
    }

    public long eventAtMs() {
        return eventAtMs;
    }

    public SyncCounts counts() {
        return counts;
    }

    public SecondOpinion secondOpinion() {
        return proof.secondOpinion();
    }
}
