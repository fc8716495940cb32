package dev.relay.daemon.flow;

import java.util.Arrays;

/**
 * The application ids that one sender has used, oldest first, and where each first went: a ring of entries and a hash table of their places. Grows by doubling up to
 * {@value #CAPACITY} ids, about 80 bytes each; then the oldest goes for each new one. One thread.
 */
public final class AppIdIndex {
    public static final int CAPACITY = 1 << 20;

    private static final int STREAM = 0;
    private static final int EPOCH = 1;
    private static final int SEQ = 2;
    private static final int HIGH = 3;
    private static final int LOW = 4;
    private static final int CONTENT = 5;
    private static final int AT_NS = 6;
    private static final int NO = 7;
    private static final int LONGS = 8;

    private long[] entries = new long[LONGS * 16];
    private int[] places = new int[32];
    private long first;
    private long end;

    /** Number of the entry with this hash, or -1. Numbers hold until the entry is forgotten. */
    public int find(long high, long low) {
        int i = slot(places, high);
        for (int p = places[i]; p != 0; p = places[i]) {
            int at = (p - 1) * LONGS;
            if (entries[at + HIGH] == high && entries[at + LOW] == low) {
                return p - 1;
            }
            i = (i + 1) & (places.length - 1);
        }
        return -1;
    }

    /** Adds an id that is not there. True when the oldest had to go for it. */
    public boolean add(long no, long stream, long epoch, long seq, long high, long low, long content, long atNs) {
        boolean wasFull = isFull();
        if (wasFull) {
            forgetOldest();
        } else if (size() == entries.length / LONGS) {
            grow();
        }
        int p = (int) (end++ & (entries.length / LONGS - 1));
        int at = p * LONGS;
        entries[at + STREAM] = stream;
        entries[at + EPOCH] = epoch;
        entries[at + SEQ] = seq;
        entries[at + HIGH] = high;
        entries[at + LOW] = low;
        entries[at + CONTENT] = content;
        entries[at + AT_NS] = atNs;
        entries[at + NO] = no;
        place(p, high);
        return wasFull;
    }

    private void place(int p, long high) {
        int i = slot(places, high);
        while (places[i] != 0) {
            i = (i + 1) & (places.length - 1);
        }
        places[i] = p + 1;
    }

    private static int slot(int[] places, long high) {
        return (int) ((high * 0x9E3779B97F4A7C15L) >>> 32) & (places.length - 1);
    }

    private void grow() {
        int n = size();
        long[] larger = new long[2 * entries.length];
        int mask = entries.length / LONGS - 1;
        for (int k = 0; k < n; k++) {
            System.arraycopy(entries, (int) ((first + k) & mask) * LONGS, larger, k * LONGS, LONGS);
        }
        entries = larger;
        first = 0;
        end = n;
        places = new int[2 * places.length];
        for (int k = 0; k < n; k++) {
            place(k, entries[k * LONGS + HIGH]);
        }
    }

    public int size() {
        return (int) (end - first);
    }

    private int oldest() {
        return (int) (first & (entries.length / LONGS - 1)) * LONGS;
    }

    /** When the oldest was used; there must be one. */
    public long oldestNs() {
        return entries[oldest() + AT_NS];
    }

    /** Whether the next id takes the place of the oldest. */
    public boolean isFull() {
        return size() == CAPACITY;
    }

    /** Number of the oldest; there must be one. */
    public long oldestNo() {
        return entries[oldest() + NO];
    }

    public void forgetOldest() {
        int p = oldest() / LONGS;
        unplace(p, entries[p * LONGS + HIGH]);
        first++;
        if (size() == 0) {
            Arrays.fill(places, 0);
        }
    }

    private void unplace(int p, long high) {
        int mask = places.length - 1;
        int i = slot(places, high);
        while (places[i] != p + 1) {
            i = (i + 1) & mask;
        }
        for (int j = (i + 1) & mask; places[j] != 0; j = (j + 1) & mask) {
            int home = slot(places, entries[(places[j] - 1) * LONGS + HIGH]);
            if (((j - home) & mask) >= ((j - i) & mask)) {
                places[i] = places[j];
                i = j;
            }
        }
        places[i] = 0;
    }

    public int stream(int found) {
        return (int) entries[found * LONGS + STREAM];
    }

    public long epoch(int found) {
        return entries[found * LONGS + EPOCH];
    }

    public long seq(int found) {
        return entries[found * LONGS + SEQ];
    }

    public long content(int found) {
        return entries[found * LONGS + CONTENT];
    }
}
