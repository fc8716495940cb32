package dev.relay.daemon.model;

import java.util.Arrays;

/**
 * One state of everything: processes, links, store, and what was promised to whom. Small numbers stand in {@code v}, lists of
 * {@link Packet}s in {@code q}; slots with {@code _} at the end are arrays (add a stream, lane, recipient or message number).
 * Stream 0 is the sender's, stream 1 the forwarder's own; lanes 0 and 1 lead to the recipients, lane 2 to the third party, or back to the sender.
 */
final class World {
    static final int FORWARD = 2;

    // Budgets of the search.
    static final int FAULTS = 0;
    static final int REFUSALS = 1;
    static final int COMMIT_FAILURES = 2;
    static final int IS_REFUSED_ONCE = 3;
    // The sender's process and its SDK.
    static final int APP_NEXT = 4;
    static final int S_CONNECTED = 5;
    static final int S_EPOCH = 6;
    static final int S_NEXT = 7;
    static final int S_RESOLVED = 8;
    static final int S_HOLD = 9;
    // The daemon's memory.
    static final int IS_UP = 10;
    static final int BOOT = 11;
    static final int BATCH_PHASE = 12;
    static final int TOLD_BY_DISK = 13;
    static final int TOLD_BY_ACK = 14;
    static final int FORWARD_TOLD = 15;
    static final int COUNTER_ = 16;
    static final int NEWEST_ = 18;
    static final int SENT_TO_ = 20;
    static final int HELLO_ = 23;
    static final int ACK_OK_ = 26;
    static final int NUMBER_ = 29;
    // Marks (2 streams) and floors (3 lanes): in memory, in the batch under way, durable.
    static final int MARK_ = 32;
    static final int FLOOR_ = 34;
    static final int BATCH_MARK_ = 37;
    static final int BATCH_FLOOR_ = 39;
    static final int DURABLE_MARK_ = 42;
    static final int DURABLE_FLOOR_ = 44;
    // The recipients' processes.
    static final int R_CONNECTED_ = 47;
    static final int R_FLOOR_ = 49;
    static final int R_PHASE_ = 51;
    static final int R_HANDLED_HERE_ = 53;
    static final int R_HANDLED_EVER_ = 55;
    static final int R_EPOCH = 57;
    static final int R_NEXT = 58;
    static final int R_RESOLVED = 59;
    static final int T_FLOOR = 60;
    static final int T_HANDLED = 61;
    // What the sender's caller was told, per message 1..4.
    static final int TOLD_ = 62;
    /** Of the sender's process that died last. */
    static final int LATE_EPOCH = 67;

    private static final int VALUES = 68;

    static final int OUTBOX = 0;
    static final int S_TO_D = 1;
    static final int D_TO_S = 2;
    static final int LATE = 3;
    static final int R_OUTBOX = 4;
    static final int QUEUE_ = 5;
    static final int BATCH_QUEUE_ = 8;
    static final int DURABLE_QUEUE_ = 11;
    static final int R_TO_D_ = 14;
    static final int D_TO_R_ = 16;
    static final int RUNNING_ = 18;
    private static final int LISTS = 20;

    final int[] v;
    final int[][] q;

    private World(int[] v, int[][] q) {
        this.v = v;
        this.q = q;
    }

    static World initial(Scenario scenario) {
        World world = new World(new int[VALUES], new int[LISTS][]);
        Arrays.fill(world.q, Packet.NONE);
        world.v[FAULTS] = scenario.faults();
        world.v[REFUSALS] = scenario.refusals();
        world.v[COMMIT_FAILURES] = scenario.commitFailures();
        world.v[APP_NEXT] = 1;
        world.v[S_NEXT] = 1;
        world.v[R_NEXT] = 1;
        return world;
    }

    World copy() {
        return new World(v.clone(), q.clone());
    }

    void push(int list, int packet) {
        q[list] = Packet.append(q[list], packet);
    }

    int pop(int list) {
        int head = q[list][0];
        q[list] = Packet.tail(q[list]);
        return head;
    }

    boolean has(int list) {
        return q[list].length > 0;
    }

    boolean is(int slot) {
        return v[slot] != 0;
    }

    void raise(int slot, int value) {
        v[slot] = Math.max(v[slot], value);
    }

    /** Sets {@code count} slots to zero. */
    void clear(int slot, int count) {
        Arrays.fill(v, slot, slot + count, 0);
    }

    void empty(int list, int count) {
        Arrays.fill(q, list, list + count, Packet.NONE);
    }

    byte[] encode() {
        int size = VALUES + LISTS;
        for (int[] list : q) {
            size += 3 * list.length;
        }
        byte[] bytes = new byte[size];
        int at = 0;
        for (int value : v) {
            bytes[at++] = (byte) value;
        }
        for (int[] list : q) {
            bytes[at++] = (byte) list.length;
            for (int packet : list) {
                bytes[at++] = (byte) packet;
                bytes[at++] = (byte) (packet >>> 8);
                bytes[at++] = (byte) (packet >>> 16);
            }
        }
        return bytes;
    }

    static World decode(byte[] bytes) {
        int[] v = new int[VALUES];
        int[][] q = new int[LISTS][];
        int at = 0;
        for (int i = 0; i < VALUES; i++) {
            v[i] = bytes[at++];
        }
        for (int i = 0; i < LISTS; i++) {
            int length = bytes[at++];
            int[] list = length == 0 ? Packet.NONE : new int[length];
            for (int k = 0; k < length; k++) {
                list[k] = (bytes[at] & 255) | ((bytes[at + 1] & 255) << 8) | ((bytes[at + 2] & 255) << 16);
                at += 3;
            }
            q[i] = list;
        }
        return new World(v, q);
    }
}
