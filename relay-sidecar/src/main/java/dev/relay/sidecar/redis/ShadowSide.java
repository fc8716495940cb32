package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.Scale;

/** What stands in Redis for one side of one book, best first, and the difference to a newer state. Redis thread only. */
final class ShadowSide {
    private final boolean isBid;
    private final long[] levels;
    private int count;

    ShadowSide(boolean isBid, int depth) {
        this.isBid = isBid;
        this.levels = new long[2 * depth];
    }

    int count() {
        return count;
    }

    long price(int rank) {
        return levels[2 * rank];
    }

    long quantity(int rank) {
        return levels[2 * rank + 1];
    }

    /** Adds to {@code out} each member to remove and to {@code in} each to add; how many levels differ. */
    int diff(long[] next, int nextCount, LevelPairs out, LevelPairs in) {
        int o = 0;
        int n = 0;
        int changed = 0;
        while (o < count || n < nextCount) {
            int order = o == count ? 1 : n == nextCount ? -1 : compare(levels[2 * o], next[2 * n]);
            if (order == 0) {
                if (levels[2 * o + 1] != next[2 * n + 1]) {
                    out.add(levels[2 * o], levels[2 * o + 1]);
                    in.add(next[2 * n], next[2 * n + 1]);
                    changed++;
                }
                o++;
                n++;
            } else if (order < 0) {
                out.add(levels[2 * o], levels[2 * o + 1]);
                changed++;
                o++;
            } else {
                in.add(next[2 * n], next[2 * n + 1]);
                changed++;
                n++;
            }
        }
        return changed;
    }

    /** Negative when {@code a} stands before (is better than) {@code b}. */
    private int compare(long a, long b) {
        return isBid ? Long.compare(b, a) : Long.compare(a, b);
    }

    void become(long[] next, int nextCount) {
        System.arraycopy(next, 0, levels, 0, 2 * nextCount);
        count = nextCount;
    }

    void appendJson(AsciiText out, int limit, Scale priceScale, Scale quantityScale) {
        for (int i = 0; i < Math.min(limit, count); i++) {
            out.add(i == 0 ? "[\"" : ",[\"")
                    .add(priceScale, levels[2 * i])
                    .add("\",\"")
                    .add(quantityScale, levels[2 * i + 1])
                    .add("\"]");
        }
    }
}
