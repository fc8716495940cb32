package dev.relay.sidecar.redis;

import java.util.Arrays;

/** A list of (price, quantity) that keeps its array, so that a flush allocates nothing per level. Redis thread only. */
final class LevelPairs {
    private long[] pairs = new long[64];
    private int count;

    void clear() {
        count = 0;
    }

    void add(long price, long quantity) {
        if (2 * count + 2 > pairs.length) {
            pairs = Arrays.copyOf(pairs, pairs.length * 2);
        }
        pairs[2 * count] = price;
        pairs[2 * count + 1] = quantity;
        count++;
    }

    int count() {
        return count;
    }

    long price(int i) {
        return pairs[2 * i];
    }

    long quantity(int i) {
        return pairs[2 * i + 1];
    }
}
