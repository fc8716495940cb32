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

    private final boolean isBid;
    private final int maxLevels;
    /** Ascending "goodness": the price for bids, its negation for asks. */
    private long[] keys = new long[INITIAL_LEVELS];

    private long[] quantities = new long[INITIAL_LEVELS];
    private int size;
    private long truncatedCount;

    BookSide(boolean isBid, int maxLevels) {
        this.isBid = isBid;
        this.maxLevels = maxLevels;
    }

    /** Sets the absolute quantity at a price; zero removes, also when the level is not there. */
    void set(long price, long quantity) {
        long key = isBid ? price : -price;
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

    void clear() {
        size = 0;
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

    /** How many levels are at least as good as {@code price}. */
    int countUpTo(long price) {
        int at = find(isBid ? price : -price);
        return size - (at >= 0 ? at : -at - 1);
    }

    public long truncatedCount() {
        return truncatedCount;
    }
}
