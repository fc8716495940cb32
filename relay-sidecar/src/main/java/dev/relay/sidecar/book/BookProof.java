package dev.relay.sidecar.book;

import org.jspecify.annotations.Nullable;

/**
 * What must be true of a book after every message: the venue's checksum where ids prove nothing, no crossing, no side that
 * lost its last level, the venue's own best prices at the same id, levels known as deep as readers see. Feed thread only;
 * allocates nothing.
 */
final class BookProof {
    private final BookRules rules;
    private final Book book;
    private final IdChain chain;
    private final SyncCounts counts;
    private final SecondOpinion secondOpinion = new SecondOpinion();
    private Scale priceScale = new Scale(0);
    private Scale quantityScale = new Scale(0);
    private boolean hadEmptySide;

    BookProof(BookRules rules, Book book, IdChain chain, SyncCounts counts) {
        this.rules = rules;
        this.book = book;
        this.chain = chain;
        this.counts = counts;
        secondOpinion.clear();
    }

    void scales(Scale newPriceScale, Scale newQuantityScale) {
        priceScale = newPriceScale;
        quantityScale = newQuantityScale;
    }

    /** A snapshot may have an empty side; only changes must not empty one. */
    void begin() {
        hadEmptySide = book.hasEmptySide();
    }

    /** What is wrong with the book after this message, null for nothing. */
    @Nullable
    SyncReason flaw(Delta delta) {
        if (!chain.isProven() && !hasRightChecksum(delta)) {
            return SyncReason.CHECKSUM;
        }
        if (findsCrossed()) {
            return SyncReason.CROSSED;
        }
        if (book.hasEmptySide() && !hadEmptySide) {
            counts.emptied++;
            return SyncReason.EMPTY;
        }
        hadEmptySide = book.hasEmptySide();
        if (chain.isProven() && !secondOpinion.agrees(chain.seq(), book)) {
            return SyncReason.DISAGREED;
        }
        return book.reachesBeyondKnown(rules.publishedDepth()) ? SyncReason.RANGE : null;
    }

    /** Counts what it finds. */
    boolean findsCrossed() {
        boolean isCrossed = book.isCrossed();
        counts.crossed += isCrossed ? 1 : 0;
        return isCrossed;
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

    /** A ticker may come after its change: true when the book is still there and looks otherwise. */
    boolean isRefutedNow(long tickerId) {
        return tickerId == chain.seq() && !chain.isJoining() && !secondOpinion.agreesNow(book);
    }

    /** Levels a side, from the best, that the proof covers. */
    int depth() {
        BookChecksum checksum = chain.isProven() ? null : rules.checksum();
        int covered = checksum != null ? checksum.depth() : rules.provenDepth();
        return Math.min(Math.min(covered, rules.publishedDepth()), book.knownDepth());
    }

    SecondOpinion secondOpinion() {
        return secondOpinion;
    }
}
