package dev.relay.sidecar.book;

import dev.relay.sidecar.book.SequenceRule.Step;

/**
 * Where a book stands in the venue's numbering, and by it whether a change continues the book. A snapshot that carries ids
 * begins the chain; after one without them nothing can be told, and messages are merely counted. Feed thread only.
 */
final class IdChain {
    /** Changes in a row that continue each other and are all older than the book. */
    private static final int MAX_OLD = 3;

    private static final int MAX_OLD_WHILE_JOINING = 50;

    private final SequenceRule rule;
    private boolean isProven;
    private boolean isJoining;
    private long seq;
    private long oldId;
    private int oldInARow;

    IdChain(SequenceRule rule) {
        this.rule = rule;
    }

    /** {@code mustJoin}: it was fetched apart from the stream, whose next change has yet to join it. */
    void begin(Delta snapshot, boolean mustJoin) {
        isProven = rule != SequenceRule.NONE && snapshot.hasIds();
        moveTo(snapshot);
        isJoining = mustJoin;
    }

    Step step(Delta delta) {
        if (!isProven) {
            return Step.NEXT;
        }
        if (!delta.hasIds()) {
            return Step.GAP;
        }
        return isJoining ? rule.join(seq, delta) : rule.step(seq, delta);
    }

    /** The change is in the book. */
    void advance(Delta delta) {
        moveTo(delta);
        isJoining = false;
        oldInARow = 0;
    }

    private void moveTo(Delta delta) {
        seq = isProven ? delta.lastId() : seq + 1;
    }

    void noteOld(Delta delta) {
        oldInARow = delta.firstId() == oldId + 1 ? oldInARow + 1 : 1;
        oldId = delta.lastId();
    }

    void forgetOld() {
        oldInARow = 0;
    }

    /** Old changes that go on and on: the venue has begun to count anew. */
    boolean isRenumbered() {
        return oldInARow >= (isJoining ? MAX_OLD_WHILE_JOINING : MAX_OLD);
    }

    /** Whether ids prove that no change is missed. */
    boolean isProven() {
        return isProven;
    }

    /** No change has been applied since the snapshot. */
    boolean isJoining() {
        return isJoining;
    }

    long seq() {
        return seq;
    }
}
