package dev.relay.daemon.flow;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From positive numbers to objects without boxing: the handles of a connection. Open addressing; grows by doubling. One thread. */
public final class IntMap<V> {
    private int[] keys = new int[16];
    private @Nullable Object[] values = new @Nullable Object[16];
    private int size;

    @SuppressWarnings("unchecked")
    public @Nullable V get(int key) {
        return key == 0 ? null : (V) values[slot(keys, key)];
    }

    /** {@code key} is not 0. */
    public void put(int key, V value) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        int i = slot(keys, key);
        size += keys[i] == 0 ? 1 : 0;
        keys[i] = key;
        values[i] = value;
    }

    public void remove(int key) {
        int mask = keys.length - 1;
        int hole = slot(keys, key);
        if (key == 0 || keys[hole] == 0) {
            return;
        }
        size--;
        for (int i = (hole + 1) & mask; keys[i] != 0; i = (i + 1) & mask) {
            boolean mayMove = ((i - home(keys[i], mask)) & mask) >= ((i - hole) & mask);
            if (mayMove) {
                keys[hole] = keys[i];
                values[hole] = values[i];
                hole = i;
            }
        }
        keys[hole] = 0;
        values[hole] = null;
    }

    private static int home(int key, int mask) {
        return ((key * 0x9E3779B9) >>> 7) & mask;
    }

    private static int slot(int[] keys, int key) {
        int i = home(key, keys.length - 1);
        while (keys[i] != 0 && keys[i] != key) {
            i = (i + 1) & (keys.length - 1);
        }
        return i;
    }

    private void grow() {
        int[] k = new int[2 * keys.length];
        @Nullable Object[] v = new @Nullable Object[k.length];
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                int to = slot(k, keys[i]);
                k[to] = keys[i];
                v[to] = values[i];
            }
        }
        keys = k;
        values = v;
    }

    public int size() {
        return size;
    }

    /** A copy, in no order. */
    @SuppressWarnings("unchecked")
    public List<V> values() {
        List<V> list = new ArrayList<>(size);
        for (Object value : values) {
            if (value != null) {
                list.add((V) value);
            }
        }
        return list;
    }
}
