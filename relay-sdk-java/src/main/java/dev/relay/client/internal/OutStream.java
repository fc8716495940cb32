package dev.relay.client.internal;

import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The unresolved messages of one stream: a ring indexed by seq of what has no SENT yet, and beside it what is safe but waits for its RESULT.
 * Bounded by the outbox. A refused seq is used again, so the ring's end moves back with it.
 */
final class OutStream {
    private static final int INITIAL_SLOTS = 16;

    final StreamKey key;
    /** Chosen once per process; BIND repeats it on every connection. */
    final int handle;

    /** Connection that BIND was written on. */
    long boundOn;
    /** Nothing is written: a refused re-send is held, or a reply waits for its request or for BOUND. */
    boolean isBlocked;
    /** Replies from an earlier connection: what the daemon has accepted of them is told by BOUND. */
    boolean awaitsBound;
    /** When a held re-send may be tried again; 0 when none is held. */
    long heldUntilNs;
    /** Connection on which something was held: its late PRECEDING_REFUSED say nothing new. */
    long heldOn;

    private @Nullable Outgoing[] ring = new @Nullable Outgoing[INITIAL_SLOTS];
    private long head = 1;
    private long tail = 1;
    private final TreeMap<Long, Outgoing> awaitingResult = new TreeMap<>();

    OutStream(StreamKey key, int handle) {
        this.key = key;
        this.handle = handle;
    }

    boolean isReply() {
        return key.messageClass() == MessageClass.REPLY;
    }

    boolean isExpress() {
        return key.messageClass() == MessageClass.EXPRESS;
    }

    long nextSeq() {
        return tail;
    }

    /** Everything at or below has an outcome (rule R3). */
    long resolvedTo() {
        return head - 1;
    }

    void append(Outgoing message) {
        if (tail - head == ring.length) {
            grow();
        }
        ring[slot(tail++)] = message;
    }

    /** The message without SENT at this seq. */
    @Nullable
    Outgoing at(long seq) {
        return seq >= head && seq < tail ? ring[slot(seq)] : null;
    }

    @Nullable
    Outgoing awaitingAt(long seq) {
        return awaitingResult.get(seq);
    }

    /** Takes the oldest message without SENT when its seq is at most {@code upto}. */
    @Nullable
    Outgoing takeSafe(long upto) {
        if (head > upto || head >= tail) {
            return null;
        }
        Outgoing message = ring[slot(head)];
        ring[slot(head++)] = null;
        return message;
    }

    /** Takes the newest message at or above {@code from}. */
    @Nullable
    Outgoing takeNewest(long from) {
        if (tail <= head || tail <= from) {
            return null;
        }
        Outgoing message = ring[slot(--tail)];
        ring[slot(tail)] = null;
        return message;
    }

    /** The oldest message without SENT that this connection has not seen. */
    @Nullable
    Outgoing firstUnwritten(long connection) {
        for (long seq = head; seq < tail; seq++) {
            Outgoing message = at(seq);
            if (message != null && message.writtenOn != connection) {
                return message;
            }
        }
        return null;
    }

    void awaitResult(Outgoing message) {
        awaitingResult.put(message.seq, message);
    }

    void resultDone(Outgoing message) {
        awaitingResult.remove(message.seq, message);
    }

    /** Everything unresolved, oldest first. */
    void forEach(Consumer<Outgoing> visitor) {
        awaitingResult.values().forEach(visitor);
        for (long seq = head; seq < tail; seq++) {
            Outgoing message = at(seq);
            if (message != null) {
                visitor.accept(message);
            }
        }
    }

    /** Forgets everything: the numbers start again under a new epoch. */
    void reset() {
        awaitingResult.clear();
        ring = new @Nullable Outgoing[INITIAL_SLOTS];
        head = 1;
        tail = 1;
        isBlocked = false;
        awaitsBound = false;
        heldUntilNs = 0;
    }

    private int slot(long seq) {
        return (int) seq & (ring.length - 1);
    }

    private void grow() {
        @Nullable Outgoing[] bigger = new @Nullable Outgoing[ring.length * 2];
        for (long seq = head; seq < tail; seq++) {
            bigger[(int) seq & (bigger.length - 1)] = ring[slot(seq)];
        }
        ring = bigger;
    }
}
