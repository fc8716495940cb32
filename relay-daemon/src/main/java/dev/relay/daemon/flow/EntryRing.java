package dev.relay.daemon.flow;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a lane, the oldest first, ordered by position (epoch, seq): of each its message, its state, whether it was delivered and failed, and when it went out last. A ring over arrays that
 * double when they are full and are garbage for nobody else; how many it holds is bounded by who appends ({@code Delivery}). Core thread only.
 */
abstract class EntryRing {
    /** Waits for its turn. */
    public static final int QUEUED = 0;
    /** Delivered to the present session, not acked. */
    public static final int FLIGHT = 1;
    /** Finished above the floor. */
    public static final int DONE = 2;
    /** Dead, its dead letter not yet committed. */
    public static final int DYING = 3;
    /** Dead and committed: SKIP is to be sent. */
    public static final int SKIP = 4;
    /** SKIP is sent, not acked. */
    public static final int SKIPPED = 5;

    private static final int STATE = 7;
    private static final int DELIVERED = 8;
    private static final int FAILED = 16;
    private static final int LIVE = 32;

    /** Position of the newest entry that was ever here. */
    private long tailEpoch;

    private long tailSeq;
    private @Nullable Message[] messages = new @Nullable Message[8];
    private long[] epochs = new long[8];
    private long[] seqs = new long[8];
    private byte[] states = new byte[8];
    private long[] sentNs = new long[8];
    private int head;
    private int size;

    /** The order of positions. */
    public static int compare(long epochA, long seqA, long epochB, long seqB) {
        return epochA != epochB ? Long.compare(epochA, epochB) : Long.compare(seqA, seqB);
    }

    public final int size() {
        return size;
    }

    private int slot(int i) {
        return (head + i) & (states.length - 1);
    }

    public final int state(int i) {
        return states[slot(i)] & STATE;
    }

    public final void state(int i, int state) {
        int s = slot(i);
        states[s] = (byte) ((states[s] & ~STATE) | state);
    }

    public final boolean wasDelivered(int i) {
        return (states[slot(i)] & DELIVERED) != 0;
    }

    public final boolean isFailed(int i) {
        return (states[slot(i)] & FAILED) != 0;
    }

    /** Only for a live subscription. */
    public final boolean isLive(int i) {
        return (states[slot(i)] & LIVE) != 0;
    }

    public final void markFailed(int i) {
        states[slot(i)] |= FAILED;
    }

    public final long epoch(int i) {
        return epochs[slot(i)];
    }

    public final long seq(int i) {
        return seqs[slot(i)];
    }

    /** When the entry was delivered last. */
    public final long sentNs(int i) {
        return sentNs[slot(i)];
    }

    /** The entry's message; only SKIP entries have none. */
    public final Message message(int i) {
        return Objects.requireNonNull(messages[slot(i)]);
    }

    public final boolean hasMessage(int i) {
        return messages[slot(i)] != null;
    }

    /** Takes the message out of the entry. */
    public final @Nullable Message takeMessage(int i) {
        int s = slot(i);
        Message m = messages[s];
        messages[s] = null;
        return m;
    }

    /** Puts a message where there is none; it was delivered before. */
    final void putMessage(int i, Message m) {
        int s = slot(i);
        messages[s] = m;
        states[s] |= DELIVERED;
    }

    public final long tailEpoch() {
        return tailEpoch;
    }

    public final long tailSeq() {
        return tailSeq;
    }

    /** What is appended next lies above this position. */
    final void tailAt(long epoch, long seq) {
        tailEpoch = epoch;
        tailSeq = seq;
    }

    public final void append(@Nullable Message m, long epoch, long seq, int state, boolean live, boolean redelivered) {
        if (compare(epoch, seq, tailEpoch, tailSeq) <= 0 && size > 0) {
            throw new IllegalStateException("out of order: " + this + " seq=" + seq + " tail=" + tailSeq);
        }
        if (size == states.length) {
            grow();
        }
        int s = slot(size++);
        messages[s] = m;
        epochs[s] = epoch;
        seqs[s] = seq;
        states[s] = (byte) (state | (live ? LIVE : 0) | (redelivered ? DELIVERED : 0));
        tailAt(epoch, seq);
    }

    private void grow() {
        int n = states.length;
        @Nullable Message[] m = new @Nullable Message[2 * n];
        long[] e = new long[2 * n];
        long[] q = new long[2 * n];
        byte[] t = new byte[2 * n];
        long[] d = new long[2 * n];
        for (int i = 0; i < size; i++) {
            int s = slot(i);
            m[i] = messages[s];
            e[i] = epochs[s];
            q[i] = seqs[s];
            t[i] = states[s];
            d[i] = sentNs[s];
        }
        messages = m;
        epochs = e;
        seqs = q;
        states = t;
        sentNs = d;
        head = 0;
    }

    /** The oldest entry leaves. */
    final void dropFirst() {
        messages[head] = null;
        head = slot(1);
        size--;
    }

    /** Index of a position, or -1. */
    public final int find(long epoch, long seq) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int mid = (low + high) >>> 1;
            int c = compare(epochs[slot(mid)], seqs[slot(mid)], epoch, seq);
            if (c == 0) {
                return mid;
            }
            if (c < 0) {
                low = mid + 1;
            } else {
                high = mid - 1;
            }
        }
        return -1;
    }

    /** The entry goes out: a message or the SKIP in its place. */
    final void sent(int i, long nowNs) {
        int s = slot(i);
        sentNs[s] = nowNs;
        int next = (states[s] & STATE) == SKIP ? SKIPPED : FLIGHT;
        states[s] = (byte) ((states[s] & ~STATE) | next | DELIVERED);
    }
}
