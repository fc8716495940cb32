package dev.relay.daemon.model;

import java.util.Arrays;

/** The states found so far, exactly (no fingerprints), numbered in the order of discovery, each with the state it came from. */
final class StateSet {
    private final int maxStates;
    private byte[][] states = new byte[1024][];
    private int[] table = new int[4096];
    private final IntList parents = new IntList();

    StateSet(int maxStates) {
        this.maxStates = maxStates;
    }

    int size() {
        return parents.size();
    }

    byte[] get(int state) {
        return states[state];
    }

    int parent(int state) {
        return parents.get(state);
    }

    /** The number of this state, new or known. */
    int add(byte[] state, int parent) {
        int slot = slotOf(state);
        if (table[slot] != 0) {
            return table[slot] - 1;
        }
        int number = size();
        if (number == maxStates) {
            throw new IllegalStateException("too many states: max=" + maxStates);
        }
        if (number == states.length) {
            states = Arrays.copyOf(states, number * 2);
        }
        states[number] = state;
        parents.add(parent);
        table[slot] = number + 1;
        if (size() * 2 > table.length) {
            grow();
        }
        return number;
    }

    private int slotOf(byte[] state) {
        int hash = Arrays.hashCode(state) * 0x9E3779B9;
        int slot = (hash ^ (hash >>> 15)) & (table.length - 1);
        while (table[slot] != 0 && !Arrays.equals(states[table[slot] - 1], state)) {
            slot = (slot + 1) & (table.length - 1);
        }
        return slot;
    }

    private void grow() {
        table = new int[table.length * 2];
        for (int number = 0; number < size(); number++) {
            table[slotOf(states[number])] = number + 1;
        }
    }
}
