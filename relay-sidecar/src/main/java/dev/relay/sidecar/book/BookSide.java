package dev.relay.sidecar.book;

import java.util.Arrays;

/**
 * The levels of one side, best last, in two primitive arrays. Changes cluster near the best price, so an insertion moves
 * few entries and allocates nothing until the arrays have grown to the book's size.
 *
 * <p>Owned by one thread. Bounded: at {@code maxLevels} the worst level gives way and {@link #truncatedCount} rises.
 */
public final class BookSide {
    private static final int INITIAL_LEVELS = 1_024;
    private static final long NO_EDGE = Long.MIN_VALUE;

    private final boolean isBid;
    private final int maxLevels;
    /** Ascending "goodness": the price for bids, its negation for asks. */
    private long[] keys = new long[INITIAL_LEVELS];

    private long[] quantities = new long[INITIAL_LEVELS];
    private int size;
    /** The worst key up to which every level is known; anything worse may exist unseen. */
    private long edge = NO_EDGE;

    private long truncatedCount;

    BookSide(boolean isBid, int maxLevels) {
        this.isBid = isBid;
        this.maxLevels = maxLevels;
    }

    /** Sets the absolute quantity at a price; zero removes, also when the level is not there. */
    void set(long price, long quantity) {
        long key = key(price);
        int at = find(key);
        if (at >= 0) {
            if (quantity == 0) {
                remove(at);
            } else {
                quantities[at] = quantity;
            }
        } else if (quantity != 0) {
            insert(-at - 1, key, quantity);
        }
    }

    private int find(long key) {
        int low = 0;
        int high = size - 1;
        if (size > 0 && key > keys[high]) {
            return -size - 1;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] < key) {
                low = middle + 1;
            } else if (keys[middle] > key) {
                high = middle - 1;
            } else {
                return middle;
            }
        }
        return -low - 1;
    }

    private void remove(int at) {
        System.arraycopy(keys, at + 1, keys, at, size - at - 1);
        System.arraycopy(quantities, at + 1, quantities, at, size - at - 1);
        size--;
    }

    private void insert(int at, long key, long quantity) {
        int position = at;
        if (size == maxLevels) {
            truncatedCount++;
            edge = Math.max(edge, keys[0] + (position == 0 ? 0 : 1));
            if (position == 0) {
                return; // worse than everything kept
            }
            remove(0);
            position--;
        }
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            quantities = Arrays.copyOf(quantities, size * 2);
        }
        System.arraycopy(keys, position, keys, position + 1, size - position);
        System.arraycopy(quantities, position, quantities, position + 1, size - position);
        keys[position] = key;
        quantities[position] = quantity;
        size++;
    }

    /** Replaces all levels by {@code count} (price, quantity) pairs; best first, as venues send them, is one pass. */
    void load(long[] levels, int count, int limit) {
        clear();
        if (isBestFirst(levels, count)) {
            copyReversed(levels, Math.min(count, maxLevels));
            if (count > maxLevels) {
                truncatedCount += count - maxLevels;
                edge = keys[0];
            }
        } else {
            for (int i = 0; i < count; i++) {
                set(levels[2 * i], levels[2 * i + 1]);
            }
        }
        if (count >= limit && size > 0) {
            edge = Math.max(edge, keys[0]);
        }
    }

    private boolean isBestFirst(long[] levels, int count) {
        for (int i = 0; i < count; i++) {
            if (levels[2 * i + 1] == 0 || (i > 0 && key(levels[2 * i]) >= key(levels[2 * i - 2]))) {
                return false;
            }
        }
        return true;
    }

    private void copyReversed(long[] levels, int count) {
        if (count > keys.length) {
            keys = new long[count + count / 2];
            quantities = new long[keys.length];
        }
        for (int i = 0; i < count; i++) {
            keys[count - 1 - i] = key(levels[2 * i]);
            quantities[count - 1 - i] = levels[2 * i + 1];
        }
        size = count;
    }

    private long key(long price) {
        return isBid ? price : -price;
    }

    void cutTo(int depth) {
        int surplus = size - depth;
        if (surplus > 0) {
            System.arraycopy(keys, surplus, keys, 0, depth);
            System.arraycopy(quantities, surplus, quantities, 0, depth);
            size = depth;
        }
    }

    void clear() {
        size = 0;
        edge = NO_EDGE;
    }

    /** Levels that are at least as good as the edge of what is known; unbounded when all is known. */
    int knownDepth() {
        return edge == NO_EDGE ? Integer.MAX_VALUE : countUpTo(edge);
    }

    public int size() {
        return size;
    }

    /** Price of the level at {@code rank}, 0 being the best. */
    public long price(int rank) {
        long key = keys[size - 1 - rank];
        return isBid ? key : -key;
    }

    public long quantity(int rank) {
        return quantities[size - 1 - rank];
    }

    private int countUpTo(long key) {
        int at = find(key);
        return size - (at >= 0 ? at : -at - 1);
    }

    public long truncatedCount() {
        return truncatedCount;
    }

    /** Whether {@code price} stands before {@code other} on this side. */
    public boolean isBetter(long price, long other) {
        return isBid ? price > other : price < other;
    }
}
