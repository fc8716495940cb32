package dev.relay.sidecar.book;

import org.jspecify.annotations.Nullable;

/**
 * What one venue guarantees about its books, and the bounds of ours.
 *
 * @param checksum verified after every message that carries one while ids prove nothing; null if the venue has none
 * @param publishedDepth levels a side that readers get
 * @param keptDepth levels a side that the venue keeps current: the book is cut to it after every message; 0 = all
 * @param provenDepth most levels a side that the proof covers; the checksum's own depth where only that speaks
 * @param maxLevels hard bound a side; beyond it the worst level goes and the known range shrinks to what is left
 * @param maxWaiting changes kept while waiting for a snapshot
 */
public record BookRules(
        SequenceRule sequence,
        @Nullable BookChecksum checksum,
        SnapshotSource snapshots,
        int publishedDepth,
        int keptDepth,
        int provenDepth,
        int maxLevels,
        int maxWaiting) {
    private static final int MAX_LEVELS = 20_000;
    private static final int MAX_WAITING = 20_000;

    public BookRules {
        if (publishedDepth < 1 || keptDepth < 0 || provenDepth < 1 || maxLevels < publishedDepth || maxWaiting < 1) {
            throw new IllegalArgumentException("book bounds out of range, publishedDepth=" + publishedDepth
                    + " keptDepth=" + keptDepth + " provenDepth=" + provenDepth + " maxLevels=" + maxLevels);
        }
    }

    /** Numbered changes over a snapshot fetched by request. */
    public static BookRules ranges(int publishedDepth) {
        return ranges(publishedDepth, MAX_LEVELS, MAX_WAITING);
    }

    static BookRules ranges(int publishedDepth, int maxLevels, int maxWaiting) {
        return new BookRules(
                SequenceRule.RANGES,
                null,
                SnapshotSource.REQUEST,
                publishedDepth,
                0,
                Integer.MAX_VALUE,
                maxLevels,
                maxWaiting);
    }

    /** Books whose snapshot comes in the stream. */
    public static BookRules streamed(
            SequenceRule sequence, @Nullable BookChecksum checksum, SnapshotSource snapshots, int publishedDepth) {
        int proven = checksum != null && sequence == SequenceRule.NONE ? checksum.depth() : Integer.MAX_VALUE;
        return new BookRules(sequence, checksum, snapshots, publishedDepth, 0, proven, MAX_LEVELS, MAX_WAITING);
    }

    public BookRules keeping(int depth) {
        return new BookRules(sequence, checksum, snapshots, publishedDepth, depth, provenDepth, maxLevels, maxWaiting);
    }

    public BookRules proving(int depth) {
        return new BookRules(sequence, checksum, snapshots, publishedDepth, keptDepth, depth, maxLevels, maxWaiting);
    }
}
