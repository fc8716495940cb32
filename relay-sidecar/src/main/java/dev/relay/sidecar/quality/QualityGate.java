package dev.relay.sidecar.quality;

import dev.relay.sidecar.book.Book;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;

/**
 * Judges one book before it is published. The venue's proof says that the book is what the venue has; this gate asks
 * whether what the venue has can be true, and whether it is still being told.
 *
 * <p>A jump of the price is held, not refused: readers see the book as STALE until further changes confirm the new price,
 * or it has stood for a while. Plain code, feed thread only; allocates nothing.
 */
public final class QualityGate {
    private static final long PPM = 1_000_000;
    private static final int QUIET_FACTOR = 10;

    private final QualityConfig config;
    private final int depth;
    private final QualityCounts counts;
    private Verdict verdict = Verdict.PASS;
    private boolean isContinuous;
    private long seq;
    private long passedMid;
    private long heldMid;
    private long heldSinceMs;
    private int confirmations;

    /** @param depth published levels a side; only these are looked at */
    public QualityGate(QualityConfig config, int depth, QualityCounts counts) {
        this.config = config;
        this.depth = depth;
        this.counts = counts;
    }

    /** After every change of the book or its status. */
    public Verdict onChange(BookSync sync, long nowMs) {
        if (sync.status() != BookStatus.LIVE) {
            isContinuous = false;
            verdict = Verdict.PASS; // its status already says that it may not be believed
            return verdict;
        }
        verdict = judge(sync, nowMs);
        counts.add(verdict);
        return verdict;
    }

    private Verdict judge(BookSync sync, long nowMs) {
        Book book = sync.book();
        Verdict found = look(book.bids());
        if (found == Verdict.PASS) {
            found = look(book.asks());
        }
        if (found == Verdict.PASS && book.isCrossed()) {
            found = Verdict.CROSSED;
        }
        if (found == Verdict.PASS && isContinuous && sync.isChained() && sync.seq() < seq) {
            found = Verdict.OUT_OF_SEQUENCE;
        }
        isContinuous = true;
        seq = sync.seq();
        return found == Verdict.PASS ? judgePrice(book, nowMs) : found;
    }

    private Verdict look(BookSide side) {
        int count = Math.min(depth, side.size());
        for (int rank = 0; rank < count; rank++) {
            if (side.price(rank) <= 0 || side.quantity(rank) <= 0) {
                return Verdict.NON_POSITIVE;
            }
            if (rank > 0 && !side.isBetter(side.price(rank - 1), side.price(rank))) {
                return Verdict.UNORDERED;
            }
        }
        return Verdict.PASS;
    }

    private Verdict judgePrice(Book book, long nowMs) {
        if (book.bids().size() == 0 || book.asks().size() == 0) {
            return Verdict.PASS;
        }
        long bid = book.bids().price(0);
        long mid = bid + (book.asks().price(0) - bid) / 2;
        if (passedMid == 0 || isNear(mid, passedMid)) {
            passedMid = mid;
            confirmations = 0;
            return Verdict.PASS;
        }
        if (confirmations == 0 || !isNear(mid, heldMid)) {
            heldSinceMs = nowMs;
            confirmations = 0;
        }
        heldMid = mid;
        confirmations++;
        return isConfirmed(nowMs) ? pass() : Verdict.PRICE_JUMP;
    }

    private boolean isNear(long mid, long reference) {
        long bound = reference / PPM * config.maxJumpPpm() + reference % PPM * config.maxJumpPpm() / PPM;
        return Math.abs(mid - reference) <= bound;
    }

    private boolean isConfirmed(long nowMs) {
        return confirmations > config.confirmations() && nowMs - heldSinceMs >= config.confirmMs();
    }

    private Verdict pass() {
        passedMid = heldMid;
        confirmations = 0;
        return Verdict.PASS;
    }

    /**
     * Several times a second: time alone can change the verdict. True: publish the book again.
     *
     * @param silenceMs since the last frame of any kind on the book's connection
     */
    public boolean onTick(BookSync sync, long nowMs, long silenceMs) {
        if (sync.status() != BookStatus.LIVE) {
            return false;
        }
        Verdict before = verdict;
        if (silenceMs > config.maxSilenceMs()) {
            verdict = Verdict.SILENT;
        } else if (before == Verdict.SILENT) {
            verdict = judge(sync, nowMs);
        } else if (before == Verdict.PRICE_JUMP && nowMs - heldSinceMs >= config.confirmMs() * QUIET_FACTOR) {
            verdict = pass();
        }
        if (verdict == before) {
            return false;
        }
        counts.add(verdict);
        return true;
    }

    public Verdict verdict() {
        return verdict;
    }
}
