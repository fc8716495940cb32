package dev.relay.sidecar.book;

import dev.relay.sidecar.book.SequenceRule.Step;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

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

    /** Changes in a row that continue each other and are all older than the book. */
    private static final int MAX_OLD = 3;

    private static final int MAX_OLD_WHILE_JOINING = 50;

    private final String symbol;
    private final Port port;
    private final Book book;
    private final SecondOpinion secondOpinion = new SecondOpinion();
    private final ArrayDeque<Delta> waiting = new ArrayDeque<>();
    private final SyncCounts counts = new SyncCounts();

    private BookRules rules;
    private Scale priceScale = new Scale(0);
    private Scale quantityScale = new Scale(0);
    private BookStatus status = BookStatus.STALE;
    private boolean isConnected;
    private boolean isSnapshotPending;
    private boolean isSnapshotObsolete;
    private boolean wasLive;
    private boolean isFirstAfterSnapshot;
    private boolean isJoining;
    private boolean isReplaying;
    private boolean isChained;
    private boolean hadEmptySide;
    private long seq;
    private long eventAtMs;
    private long oldId;
    private int oldInARow;

    public BookSync(String symbol, BookRules rules, Port port) {
        this.symbol = symbol;
        this.rules = rules;
        this.port = port;
        this.book = new Book(rules.maxLevels());
        secondOpinion.clear();
    }

    /** A book of numbered changes over a requested snapshot. */
    public BookSync(String symbol, int publishedDepth, int maxLevels, int maxBuffered, Port port) {
        this(symbol, BookRules.ranges(publishedDepth, maxLevels, maxBuffered), port);
    }

    /** The units of the numbers to come; needed for checksums only. A book read in other units starts anew. */
    public void scales(Scale newPriceScale, Scale newQuantityScale) {
        priceScale = newPriceScale;
        quantityScale = newQuantityScale;
    }

    /** The venue confirmed another window than asked for: changes beyond it will not be told. */
    public void keepDepth(int depth) {
        rules = rules.keeping(depth);
    }

    /** The stream is subscribed: from now on no change is missed without the proof telling. */
    public void onSubscribed() {
        isConnected = true;
        secondOpinion.clear();
        waiting.clear();
        if (rules.snapshots() != SnapshotSource.REQUEST) {
            isSnapshotPending = true; // the subscription asks for it
        }
        resync(SyncReason.START);
    }

    public void onDisconnected() {
        isConnected = false;
        isSnapshotObsolete = isSnapshotPending && rules.snapshots() == SnapshotSource.REQUEST;
        isSnapshotPending = isSnapshotObsolete;
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
        return status == BookStatus.LIVE && isChained && step(delta) != Step.GAP;
    }

    /** Whether ids prove that no change is missed, so that streams of two connections can be joined. */
    public boolean isChained() {
        return isChained;
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
        if (isOlderThanWaiting(snapshot.lastId())) {
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
        replaceBy(snapshot, limit);
        if (book.isCrossed()) {
            counts.crossed++;
            resync(SyncReason.CROSSED);
            return;
        }
        isFirstAfterSnapshot = true;
        isJoining = true;
        noteSnapshot();
        replayWaiting();
    }

    private void loadFromStream(Delta snapshot) {
        isSnapshotPending = false;
        isSnapshotObsolete = false;
        waiting.clear();
        replaceBy(snapshot, Integer.MAX_VALUE);
        counts.applied++;
        isFirstAfterSnapshot = false;
        isJoining = false;
        SyncReason wrong = check(snapshot);
        if (wrong != null) {
            resync(wrong);
            return;
        }
        boolean isNew = status != BookStatus.LIVE;
        if (isNew) {
            noteSnapshot();
            transition(BookStatus.LIVE, SyncReason.SYNCED);
        } else {
            port.changed(this);
        }
    }

    private void replaceBy(Delta snapshot, int limit) {
        book.replace(snapshot, limit);
        cut();
        isChained = rules.sequence() != SequenceRule.NONE && snapshot.hasIds();
        seq = isChained ? snapshot.lastId() : seq + 1;
        eventAtMs = Math.max(eventAtMs, snapshot.eventAtMs());
        hadEmptySide = book.hasEmptySide();
    }

    private void noteSnapshot() {
        counts.snapshots++;
        counts.resyncs += wasLive ? 1 : 0;
        wasLive = true;
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
        Step step = step(delta);
        if (step == Step.OLD) {
            onOldChange(delta);
            return;
        }
        oldInARow = 0;
        if (step == Step.GAP) {
            onHole(delta);
            return;
        }
        book.apply(delta);
        cut();
        seq = isChained ? delta.lastId() : seq + 1;
        eventAtMs = delta.eventAtMs();
        isFirstAfterSnapshot = false;
        isJoining = false;
        counts.applied++;
        SyncReason wrong = check(delta);
        if (wrong != null) {
            resync(wrong);
        } else if (!isReplaying) {
            port.changed(this);
        }
    }

    /** Already inside the snapshot, or a duplicate; a chain of them that goes on means that the venue numbers anew. */
    private void onOldChange(Delta delta) {
        counts.ignored++;
        oldInARow = delta.firstId() == oldId + 1 ? oldInARow + 1 : 1;
        oldId = delta.lastId();
        if (!isReplaying && oldInARow >= (isJoining ? MAX_OLD_WHILE_JOINING : MAX_OLD)) {
            oldInARow = 0;
            counts.gaps++;
            secondOpinion.clear();
            resync(SyncReason.RENUMBERED);
        }
    }

    private Step step(Delta delta) {
        if (!isChained) {
            return Step.NEXT;
        }
        if (!delta.hasIds()) {
            return Step.GAP;
        }
        return isJoining ? rules.sequence().join(seq, delta) : rules.sequence().step(seq, delta);
    }

    private void cut() {
        if (rules.keptDepth() > 0) {
            book.cutTo(rules.keptDepth());
        }
    }

    /** The event behind the hole is kept: with those that follow it may continue the next snapshot. */
    private void onHole(Delta delta) {
        counts.gaps++;
        resync(SyncReason.GAP);
        if (rules.snapshots() != SnapshotSource.STREAM) {
            waiting.addFirst(delta.copy());
        }
    }

    private @Nullable SyncReason check(Delta delta) {
        if (!isChained && !hasRightChecksum(delta)) {
            return SyncReason.CHECKSUM;
        }
        if (book.isCrossed()) {
            counts.crossed++;
            return SyncReason.CROSSED;
        }
        if (book.hasEmptySide() && !hadEmptySide) {
            counts.emptied++;
            return SyncReason.EMPTY;
        }
        hadEmptySide = book.hasEmptySide();
        if (isChained && !secondOpinion.agrees(seq, book)) {
            return SyncReason.DISAGREED;
        }
        return book.reachesBeyondKnown(rules.publishedDepth()) ? SyncReason.RANGE : null;
    }

    private boolean hasRightChecksum(Delta delta) {
        BookChecksum checksum = rules.checksum();
        if (checksum == null) {
            return true;
        }
        boolean isRight = delta.hasChecksum() && checksum.of(book, priceScale, quantityScale) == delta.checksum();
        counts.checksumOk += isRight ? 1 : 0;
        counts.checksumBad += isRight ? 0 : 1;
        return isRight;
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
        isSnapshotObsolete = isSnapshotPending && rules.snapshots() == SnapshotSource.REQUEST;
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
        return isSnapshotPending;
    }

    public Book book() {
        return book;
    }

    /** The venue's id of the last change applied; where it has none, the number of messages applied. */
    public long seq() {
        return seq;
    }

    /** Levels a side, from the best, that the venue's own proof covers. */
    public int provenDepth() {
        BookChecksum checksum = isChained ? null : rules.checksum();
        int covered = checksum != null ? checksum.depth() : rules.provenDepth();
        return Math.min(Math.min(covered, rules.publishedDepth()), book.knownDepth());
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
