package dev.relay.client;

/**
 * Tells the reader of a {@link Link} when to leave its role: after {@value #LONG} read batches in quick succession that were for somebody
 * who could have read them himself, and after one when that was so within the last second. Whoever has the role calls it.
 */
final class ReadingStreak {
    private static final int LONG = 8;
    private static final long QUICK_NS = 2_000_000L;
    private static final long MEMORY_NS = 1_000_000_000L;

    private int batches;
    private long lastNs = System.nanoTime();
    private long leftNs = lastNs - MEMORY_NS;

    /** The reader has the role again. */
    void begin() {
        lastNs = System.nanoTime();
        batches = lastNs - leftNs < MEMORY_NS ? LONG - 1 : 0;
    }

    /** A batch was read. */
    void note(boolean isForOthers) {
        long now = System.nanoTime();
        batches = isForOthers && now - lastNs < QUICK_NS ? batches + 1 : 0;
        lastNs = now;
    }

    boolean isLong() {
        return batches >= LONG;
    }

    /** The reader leaves its role. */
    void end() {
        leftNs = lastNs;
    }
}
