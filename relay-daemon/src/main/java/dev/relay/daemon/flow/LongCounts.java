package dev.relay.daemon.flow;

/**
 * Counts by positive number, without boxing: what is live in each stored segment. Open addressing with backward shift on removal, so that it stays as small as what
 * it holds; grows by doubling. One thread.
 */
public final class LongCounts {
    private long[] keys = new long[64];
    private int[] counts = new int[64];
    private int size;

    /** The count of this key, 0 when it has none. */
    public int get(long key) {
        return counts[slot(keys, key)];
    }

    /** Sets a count above 0, or forgets the key with 0. */
    public void set(long key, int count) {
        int i = slot(keys, key);
        if (count == 0) {
            if (keys[i] != 0) {
                remove(i);
            }
            return;
        }
        if (keys[i] == 0 && 2 * (size + 1) > keys.length) {
            grow();
            i = slot(keys, key);
        }
        size += keys[i] == 0 ? 1 : 0;
        keys[i] = key;
        counts[i] = count;
    }

    private void remove(int hole) {
        int mask = keys.length - 1;
        int i = hole;
        for (int j = (i + 1) & mask; keys[j] != 0; j = (j + 1) & mask) {
            int home = home(keys, keys[j]);
            if (((j - home) & mask) >= ((j - i) & mask)) {
                keys[i] = keys[j];
                counts[i] = counts[j];
                i = j;
            }
        }
        keys[i] = 0;
        counts[i] = 0;
        size--;
    }

    private static int home(long[] keys, long key) {
        return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & (keys.length - 1);
    }

    private static int slot(long[] keys, long key) {
        int i = home(keys, key);
        while (keys[i] != 0 && keys[i] != key) {
            i = (i + 1) & (keys.length - 1);
        }
        return i;
    }

    private void grow() {
        long[] k = new long[2 * keys.length];
        int[] c = new int[k.length];
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                int to = slot(k, keys[i]);
                k[to] = keys[i];
                c[to] = counts[i];
            }
        }
        keys = k;
        counts = c;
    }

    public int size() {
        return size;
    }
}
