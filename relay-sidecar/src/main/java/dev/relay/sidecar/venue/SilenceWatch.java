package dev.relay.sidecar.venue;

/**
 * Notices a book that has gone silent while its connection lives and tells other books. A market may be quiet: a book is
 * suspected after a minute or four times its longest pause so far, whichever is longer, and more patiently each time that
 * nothing came of it. Plain code; feed thread only.
 */
final class SilenceWatch {
    static final long FIRST_MS = 60_000;

    private static final long MAX_MS = 600_000;
    private static final int QUIET_FACTOR = 4;
    private static final long NONE = Long.MIN_VALUE;

    private long heardAtMs = NONE;
    private long longestPauseMs;
    private long patienceMs = FIRST_MS;
    private long suspectedSeq = NONE;
    private long suspicions;

    /** Its stream begins. */
    void onSubscribed(long nowMs) {
        heardAtMs = nowMs;
        suspectedSeq = NONE;
    }

    /** A change came in the stream. */
    void onData(long nowMs) {
        if (heardAtMs != NONE) {
            longestPauseMs = Math.max(longestPauseMs, nowMs - heardAtMs);
        }
        heardAtMs = nowMs;
        patienceMs = Math.min(MAX_MS, Math.max(FIRST_MS, QUIET_FACTOR * longestPauseMs));
        suspectedSeq = NONE;
    }

    boolean isSilent(long nowMs) {
        return heardAtMs != NONE && nowMs - heardAtMs > patienceMs;
    }

    /** A new copy of the book, which stands at {@code seq}, is being asked for. */
    void onSuspected(long seq, long nowMs) {
        heardAtMs = nowMs;
        patienceMs = Math.min(MAX_MS, patienceMs * 2);
        suspectedSeq = seq;
        suspicions++;
    }

    /** The copy is newer than the stream ever told: once. */
    boolean hasMissed(long seq) {
        if (suspectedSeq == NONE) {
            return false;
        }
        boolean missed = seq > suspectedSeq;
        suspectedSeq = NONE;
        return missed;
    }

    long suspicions() {
        return suspicions;
    }
}
