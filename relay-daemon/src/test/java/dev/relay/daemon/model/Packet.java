package dev.relay.daemon.model;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * A frame on a link or an item in a queue, packed into 24 bits: payload 3, position 7, identity 7, repeat 1, written 1, kind 4.
 * A position is {@code epoch * 8 + seq}, so positions of one stream order by epoch, then by seq. Lists are immutable arrays.
 */
final class Packet {
    static final int SEND = 1;
    static final int DELIVER = 2;
    static final int ACK = 3;
    static final int ACK_OK = 4;
    static final int SENT_BY_DISK = 5;
    static final int SENT_BY_ACK = 6;
    static final int REFUSED = 7;

    static final int[] NONE = {};
    private static final int REPEAT_BIT = 1 << 17;
    private static final int WRITTEN_BIT = 1 << 18;

    private Packet() {}

    static int of(int kind, int payload, int pos, int id) {
        return payload | (pos << 3) | (id << 10) | (kind << 20);
    }

    static int of(int kind, int pos) {
        return of(kind, 0, pos, pos);
    }

    static int kind(int packet) {
        return packet >>> 20;
    }

    static int payload(int packet) {
        return packet & 7;
    }

    static int pos(int packet) {
        return (packet >>> 3) & 127;
    }

    static int id(int packet) {
        return (packet >>> 10) & 127;
    }

    static boolean isRepeat(int packet) {
        return (packet & REPEAT_BIT) != 0;
    }

    static boolean isWritten(int packet) {
        return (packet & WRITTEN_BIT) != 0;
    }

    static int repeat(int packet) {
        return packet | REPEAT_BIT;
    }

    static int written(int packet) {
        return packet | WRITTEN_BIT;
    }

    /** What the store keeps of a queue item: its flags belong to memory. */
    static int stored(int packet) {
        return of(0, payload(packet), pos(packet), id(packet));
    }

    static int pos(int epoch, int seq) {
        return epoch * 8 + seq;
    }

    static int epoch(int pos) {
        return pos / 8;
    }

    static int seq(int pos) {
        return pos % 8;
    }

    static int[] append(int[] list, int packet) {
        int[] longer = Arrays.copyOf(list, list.length + 1);
        longer[list.length] = packet;
        return longer;
    }

    static int[] tail(int[] list) {
        return Arrays.copyOfRange(list, 1, list.length);
    }

    static int[] map(int[] list, IntUnaryOperator change) {
        return Arrays.stream(list).map(change).toArray();
    }

    static int[] filter(int[] list, IntPredicate keep) {
        for (int packet : list) {
            if (!keep.test(packet)) {
                return Arrays.stream(list).filter(keep).toArray();
            }
        }
        return list;
    }

    static boolean hasPos(int[] list, int pos) {
        for (int packet : list) {
            if (pos(packet) == pos) {
                return true;
            }
        }
        return false;
    }

    static boolean hasPayload(int[] list, int payload) {
        for (int packet : list) {
            if (payload(packet) == payload) {
                return true;
            }
        }
        return false;
    }
}
