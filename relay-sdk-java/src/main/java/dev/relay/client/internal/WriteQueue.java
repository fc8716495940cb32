package dev.relay.client.internal;

import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The order in which an outbox is written: the order of the calls; on a new connection first all that is unresolved (rule R3), behind the
 * BIND of each reply stream that has something left. A stream that may not be written now is blocked, and its messages are passed over: a
 * reply waits for BOUND and for its request, what is held for its time. Knows too how much of the daemon's window is used. Owned by
 * {@link Outbox}; bounded by it.
 */
final class WriteQueue {
    private static final long HOLD_NS = 200_000_000L;

    private final OutStreams streams;
    private final Clock clock;
    private final SessionCounters counters;
    private ArrayDeque<Outgoing> toWrite = new ArrayDeque<>();
    private final List<OutStream> held = new ArrayList<>();
    private final ArrayDeque<OutStream> toBind = new ArrayDeque<>();
    private int windowMessages;
    private long windowBytes;
    private long connection;
    private long submittedBefore;

    WriteQueue(OutStreams streams, Clock clock, SessionCounters counters) {
        this.streams = streams;
        this.clock = clock;
        this.counters = counters;
    }

    void add(Outgoing message) {
        if (!message.stream.isBlocked) {
            toWrite.addLast(message);
        }
    }

    /** Messages that wait to be written. */
    int unwritten() {
        return toWrite.size();
    }

    /** Messages that were written on this connection and have no receipt. */
    int unreceipted() {
        return windowMessages;
    }

    // ---- connection

    /** A session is open: everything unresolved is queued again; replies wait for BOUND. */
    void open(long connectionNo, long lastOrdinal) {
        connection = connectionNo;
        submittedBefore = lastOrdinal;
        windowMessages = 0;
        windowBytes = 0;
        held.clear();
        toBind.clear();
        streams.forEach(this::open);
        rebuild();
    }

    private void open(OutStream stream) {
        stream.heldUntilNs = 0;
        stream.forEach(m -> m.isInWindow = false);
        stream.isBlocked = stream.isReply() && stream.at(stream.resolvedTo() + 1) != null;
        stream.awaitsBound = stream.isBlocked;
        if (stream.isBlocked) {
            toBind.addLast(stream);
        }
    }

    void clear() {
        toWrite.clear();
        held.clear();
    }

    private void rebuild() {
        List<Outgoing> due = new ArrayList<>();
        streams.forEach(stream -> {
            if (!stream.isBlocked) {
                addUnwritten(stream, due);
            }
        });
        due.sort(Comparator.comparingLong(m -> m.ordinal));
        toWrite = new ArrayDeque<>(due);
    }

    private void addUnwritten(OutStream stream, List<Outgoing> due) {
        stream.forEach(m -> {
            if (m.writtenOn != connection) {
                due.add(m);
            }
        });
    }

    // ---- writing

    /** A reply stream that has to be bound before anything on it can be written, or null. */
    @Nullable
    OutStream nextToBind() {
        return toBind.peekFirst();
    }

    void bindWritten() {
        toBind.pollFirst();
    }

    /** The message to write next, or null when there is none or the window is full. */
    @Nullable
    Outgoing next(int limitMessages, long limitBytes) {
        releaseHeld();
        Outgoing message;
        while ((message = firstDue()) != null) {
            if (!mustWait(message)) {
                return fits(message, limitMessages, limitBytes) ? message : null;
            }
            message.stream.isBlocked = true;
        }
        return null;
    }

    /** Passes over what is not to be written now. */
    private @Nullable Outgoing firstDue() {
        Outgoing message;
        while ((message = toWrite.peekFirst()) != null && !isDue(message)) {
            toWrite.pollFirst();
        }
        return message;
    }

    private boolean isDue(Outgoing message) {
        return !message.isResolved && !message.stream.isBlocked && message.writtenOn != connection;
    }

    private boolean fits(Outgoing message, int limitMessages, long limitBytes) {
        return windowMessages < limitMessages
                && (windowMessages == 0 || windowBytes + message.frameBytes() <= limitBytes);
    }

    /**
     * A reply names a delivery of this connection, so one that answers an older delivery waits until that comes again; but one that was written before
     * may have been accepted and have acked its request, which then never comes.
     */
    private boolean mustWait(Outgoing message) {
        return message.answers != null && message.writeCount == 0 && message.answers.deliveredOn != connection;
    }

    void written(Outgoing message) {
        toWrite.pollFirst();
        message.writtenOn = connection;
        message.writeCount++;
        if (message.writeCount > 1) {
            counters.resentCount++;
        } else {
            counters.sentCount++;
        }
        if (message.stream.at(message.seq) == message) {
            message.isInWindow = true;
            windowMessages++;
            windowBytes += message.frameBytes();
        }
    }

    void leaveWindow(Outgoing message) {
        if (message.isInWindow) {
            message.isInWindow = false;
            windowMessages--;
            windowBytes -= message.frameBytes();
        }
    }

    /** Everything submitted up to this ordinal is written on this connection (rule R7); a reply's ack goes with it and waits by itself. */
    long writtenUpTo() {
        Outgoing next = firstDue();
        long upTo = next == null ? Long.MAX_VALUE : next.ordinal - 1;
        for (OutStream stream : held) {
            Outgoing first = stream.isReply() ? null : stream.firstUnwritten(connection);
            if (first != null) {
                upTo = Math.min(upTo, first.ordinal - 1);
            }
        }
        return upTo;
    }

    /** All that was submitted before this connection is written on it: what is left to write is new. */
    boolean isResent() {
        return writtenUpTo() >= submittedBefore;
    }

    // ---- holding back

    /** What was written once and refused by a daemon that stops was never accepted: it is new when it is written again. */
    void hold(OutStream stream, long from, int code, int retryAfterMs) {
        boolean isStopping = code == ErrorCode.SHUTTING_DOWN.number() && !stream.isReply();
        stream.forEach(m -> {
            if (m.seq >= from && stream.at(m.seq) == m) {
                takeBack(m, isStopping);
            }
        });
        stream.isBlocked = true;
        stream.heldOn = connection;
        stream.heldUntilNs = clock.nanoTime() + Math.max(HOLD_NS, retryAfterMs * 1_000_000L);
        if (!held.contains(stream)) {
            held.add(stream);
        }
    }

    private void takeBack(Outgoing message, boolean isNew) {
        leaveWindow(message);
        message.writtenOn = 0;
        if (isNew && message.writeCount == 1) {
            message.writeCount = 0;
        }
    }

    /** A refusal on this stream repeats one that was heard on this connection. */
    boolean isHeldNow(OutStream stream) {
        return stream.heldOn == connection;
    }

    private void releaseHeld() {
        if (held.isEmpty()) {
            return;
        }
        long now = clock.nanoTime();
        for (int i = held.size() - 1; i >= 0; i--) {
            if (now - held.get(i).heldUntilNs >= 0) {
                unblock(held.remove(i));
            }
        }
    }

    private void unblock(OutStream stream) {
        stream.isBlocked = false;
        stream.heldUntilNs = 0;
        rebuild();
    }

    /** What kept a reply stream waiting is over; another reply that has to wait stops it again. */
    void goOn(OutStream stream) {
        if (stream.isBlocked && !stream.awaitsBound && stream.heldUntilNs == 0) {
            unblock(stream);
        }
    }

    /** BOUND: what the daemon accepted before needs no second reply, its SENT comes when it is safe. */
    void bound(OutStream stream, long mark) {
        stream.forEach(m -> {
            if (m.seq <= mark) {
                m.writtenOn = connection;
            }
        });
        stream.awaitsBound = false;
        goOn(stream);
    }

    /** This connection has heard of the stream. */
    boolean isBound(OutStream stream) {
        return stream.boundOn == connection;
    }
}
