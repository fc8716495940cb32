package dev.relay.client.internal;

import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Uuid7;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was submitted and is not resolved, its streams, and the order in which it is written. Messages are written in the order of
 * the calls; on a new connection all that is unresolved is written again, flagged, before anything new (rule R3). A refusal refuses everything
 * behind it on its stream, so that nothing passes it (rule R2); only a re-send, which the daemon may have accepted before, a reply, and what
 * a stopping daemon refuses are held and tried again when the refusal can pass. Owned by {@link ClientSession}. Bounded by messages, bytes and pending requests of
 * {@link SessionConfig}; at the bound {@link #submit} returns null.
 */
final class Outbox {
    private static final long HOLD_NS = 200_000_000L;

    private final SessionConfig config;
    private final Clock clock;
    private final Uuid7 ids;
    private final SessionListener listener;
    private final SessionCounters counters;
    private final Map<StreamKey, OutStream> byKey = new HashMap<>();
    private final List<OutStream> streams = new ArrayList<>();
    private final Map<Long, Outgoing> pendingRequests = new HashMap<>();
    private ArrayDeque<Outgoing> toWrite = new ArrayDeque<>();
    private final List<OutStream> held = new ArrayList<>();
    private final ArrayDeque<OutStream> toBind = new ArrayDeque<>();
    private long lastOrdinal;
    private int messages;
    private long bytes;
    private int windowMessages;
    private long windowBytes;
    private long connection;
    private long submittedBefore;

    Outbox(SessionConfig config, Clock clock, Uuid7 ids, SessionListener listener, SessionCounters counters) {
        this.config = config;
        this.clock = clock;
        this.ids = ids;
        this.listener = listener;
        this.counters = counters;
    }

    // ---- calls

    /** Numbers the message and queues it, or returns null when a bound is reached. */
    @Nullable
    Outgoing submit(Draft draft, @Nullable Inbound answers) {
        int size = draft.block().length + draft.payload().length;
        boolean isRequest = (draft.flags() & Flags.REQUEST) != 0;
        boolean isReply =
                answers != null; // bounded by the delivery window, and never kept back by what its handler sends
        if (isReply) {
            return take(draft, size, answers);
        }
        if (messages >= config.maxOutboxMessages()
                || bytes + size > config.maxOutboxBytes()
                || (isRequest && pendingRequests.size() >= config.maxPendingRequests())) {
            return null;
        }
        Outgoing message = take(draft, size, null);
        if (isRequest) {
            pendingRequests.put(message.idLsb, message);
        }
        return message;
    }

    private Outgoing take(Draft draft, int size, @Nullable Inbound answers) {
        OutStream stream = stream(draft.stream());
        ids.next();
        Outgoing message = new Outgoing(
                draft, stream, stream.nextSeq(), ++lastOrdinal, clock.nanoTime(), ids.msb(), ids.lsb(), answers);
        stream.append(message);
        messages++;
        bytes += size;
        if (!stream.isBlocked) {
            toWrite.addLast(message);
        }
        return message;
    }

    /** The caller waits for the RESULT no longer; the message itself stays. */
    void abandonResult(Outgoing message) {
        message.wantsResult = false;
        if (message.stream.awaitingAt(message.seq) == message) {
            message.stream.resultDone(message);
            release(message);
        }
    }

    void forgetRequest(Outgoing message) {
        pendingRequests.remove(message.idLsb, message);
    }

    /** The request that a reply answers, once. */
    @Nullable
    Outgoing takeRequest(long idMsb, long idLsb) {
        Outgoing request = pendingRequests.get(idLsb);
        return request != null && request.idMsb == idMsb ? pendingRequests.remove(idLsb) : null;
    }

    private OutStream stream(StreamKey key) {
        OutStream stream = byKey.get(key);
        if (stream == null) {
            stream = new OutStream(key, streams.size() + 1);
            byKey.put(key, stream);
            streams.add(stream);
        }
        return stream;
    }

    boolean hasStream(StreamKey key) {
        return byKey.containsKey(key);
    }

    int streamCount() {
        return streams.size();
    }

    int messages() {
        return messages;
    }

    int unwritten() {
        return toWrite.size();
    }

    int unreceipted() {
        return windowMessages;
    }

    long bytes() {
        return bytes;
    }

    int pendingRequests() {
        return pendingRequests.size();
    }

    List<Outgoing> unresolved() {
        List<Outgoing> all = new ArrayList<>();
        streams.forEach(stream -> stream.forEach(all::add));
        all.sort(Comparator.comparingLong(m -> m.ordinal));
        return all;
    }

    // ---- connection

    /** A session is open: everything unresolved is queued again; replies wait for BOUND. */
    void open(long connectionNo) {
        connection = connectionNo;
        submittedBefore = lastOrdinal;
        windowMessages = 0;
        windowBytes = 0;
        held.clear();
        toBind.clear();
        for (OutStream stream : streams) {
            stream.heldUntilNs = 0;
            stream.forEach(m -> m.isInWindow = false);
            stream.isBlocked = stream.isReply() && stream.at(stream.resolvedTo() + 1) != null;
            stream.awaitsBound = stream.isBlocked;
            if (stream.isBlocked) {
                toBind.addLast(stream);
            }
        }
        rebuild();
    }

    /** Express messages are sent at most once: without a receipt nothing more is learned. */
    void disconnected() {
        for (OutStream stream : streams) {
            if (stream.isExpress()) {
                dropAll(stream, "the connection was lost before the daemon's answer");
            }
        }
    }

    /** The store was replaced: old epochs are never sent again (rule R1, I9). */
    void reset(String why) {
        for (OutStream stream : streams) {
            dropAll(stream, why);
            List<Outgoing> waiting = new ArrayList<>();
            stream.forEach(waiting::add);
            waiting.forEach(this::release);
            stream.reset();
        }
        toWrite.clear();
        held.clear();
    }

    private void dropAll(OutStream stream, String why) {
        Outgoing message;
        while ((message = stream.takeSafe(Long.MAX_VALUE)) != null) {
            release(message);
            pendingRequests.remove(message.idLsb, message);
            listener.onUnknown(message, why);
        }
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

    /** Name of the stream's target, empty for an unknown handle. */
    String targetOf(int handle) {
        OutStream stream = byHandle(handle);
        return stream == null ? "" : stream.key.target();
    }

    /** The message to write next, or null when there is none or the window is full. */
    @Nullable
    Outgoing nextToWrite(int limitMessages, long limitBytes) {
        releaseHeld();
        Outgoing message;
        while ((message = toWrite.peekFirst()) != null) {
            if (message.isResolved || message.stream.isBlocked || message.writtenOn == connection) {
                toWrite.pollFirst();
            } else if (mustWait(message)) {
                message.stream.isBlocked = true;
            } else {
                boolean fits = windowMessages < limitMessages
                        && (windowMessages == 0 || windowBytes + message.frameBytes() <= limitBytes);
                return fits ? message : null;
            }
        }
        return null;
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

    /** Everything submitted up to this ordinal is written on this connection (rule R7); a reply's ack goes with it and waits by itself. */
    long writtenUpTo() {
        long upTo = writtenOfQueue();
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

    private long writtenOfQueue() {
        Outgoing message;
        while ((message = toWrite.peekFirst()) != null) {
            if (!message.isResolved && !message.stream.isBlocked && message.writtenOn != connection) {
                return message.ordinal - 1;
            }
            toWrite.pollFirst();
        }
        return Long.MAX_VALUE;
    }

    long lastOrdinal() {
        return lastOrdinal;
    }

    private void rebuild() {
        List<Outgoing> due = new ArrayList<>();
        for (OutStream stream : streams) {
            if (!stream.isBlocked) {
                stream.forEach(m -> {
                    if (m.writtenOn != connection) {
                        due.add(m);
                    }
                });
            }
        }
        due.sort(Comparator.comparingLong(m -> m.ordinal));
        toWrite = new ArrayDeque<>(due);
    }

    private void unblock(OutStream stream) {
        stream.isBlocked = false;
        stream.heldUntilNs = 0;
        rebuild();
    }

    private void releaseHeld() {
        if (held.isEmpty()) {
            return;
        }
        long now = clock.nanoTime();
        for (int i = held.size() - 1; i >= 0; i--) {
            OutStream stream = held.get(i);
            if (now - stream.heldUntilNs >= 0) {
                held.remove(i);
                unblock(stream);
            }
        }
    }

    // ---- the daemon's answers

    /** The request of a waiting reply was delivered again. */
    void requestIsBack(Outgoing reply) {
        goOn(reply.stream);
    }

    /** What kept a reply stream waiting is over; another reply that has to wait stops it again. */
    private void goOn(OutStream stream) {
        if (stream.isBlocked && !stream.awaitsBound && stream.heldUntilNs == 0) {
            unblock(stream);
        }
    }

    /** What the daemon accepted before needs no second reply: its SENT comes when it is safe. */
    void bound(int handle, long mark, long safeTo) {
        OutStream stream = byHandle(handle);
        if (stream == null || !stream.isReply() || stream.boundOn != connection) {
            return;
        }
        safe(stream, safeTo, Frames.BY_DISK);
        stream.forEach(m -> {
            if (m.seq <= mark) {
                m.writtenOn = connection;
            }
        });
        stream.awaitsBound = false;
        goOn(stream);
    }

    void sent(int handle, long upto, int by) {
        OutStream stream = byHandle(handle);
        if (stream != null) {
            safe(stream, upto, by);
        }
    }

    private void safe(OutStream stream, long upto, int by) {
        Outgoing message;
        while ((message = stream.takeSafe(upto)) != null) {
            counters.receiptCount++;
            leaveWindow(message);
            if (message.wantsResult) {
                stream.awaitResult(message);
            } else {
                release(message);
            }
            listener.onSent(message, by);
            replyIsSettled(message);
        }
    }

    void result(int handle, long seq, int outcome, int reason, int attempts) {
        OutStream stream = byHandle(handle);
        Outgoing message = stream == null ? null : stream.awaitingAt(seq);
        if (stream != null && message != null) {
            stream.resultDone(message);
            release(message);
        } else if (stream != null) {
            message = stream.at(seq);
        }
        if (message == null || !message.wantsResult) {
            counters.lateReceiptCount++;
            return;
        }
        message.wantsResult = false;
        counters.resultCount++;
        if (outcome == Frames.DEAD) {
            forgetRequest(message);
        }
        listener.onResult(message, outcome, reason, attempts);
    }

    void matched(int handle, long seq, int durable, int live) {
        OutStream stream = byHandle(handle);
        Outgoing message = stream == null ? null : stream.at(seq);
        if (message == null) {
            counters.lateReceiptCount++;
        } else {
            listener.onMatched(message, durable, live);
        }
    }

    void refused(int handle, int code, int retryAfterMs, long seq, long idMsb, long idLsb) {
        OutStream stream = byHandle(handle);
        Outgoing message = stream == null ? null : stream.at(seq);
        if (stream == null || message == null || !message.hasId(idMsb, idLsb)) {
            counters.lateReceiptCount++;
        } else if (code == ErrorCode.PRECEDING_REFUSED.number() && stream.heldOn == connection) {
            counters.lateReceiptCount++;
        } else if (canHold(message, code)) {
            hold(stream, seq, code, retryAfterMs);
        } else {
            refuseFrom(stream, seq, code, retryAfterMs);
        }
    }

    /** Refused without asking the daemon, as if it had. */
    void refuse(Outgoing message, ErrorCode code) {
        if (message.stream.at(message.seq) == message) {
            refuseFrom(message.stream, message.seq, code.number(), 0);
        }
    }

    private static boolean canHold(Outgoing message, int number) {
        ErrorCode code = ErrorCode.byNumber(number);
        boolean isStopping = code == ErrorCode.SHUTTING_DOWN && !message.stream.isExpress();
        return code != null && code.isRetryable() && (isStopping || message.writeCount > 1 || message.stream.isReply());
    }

    /** What was written once and refused by a daemon that stops was never accepted: it is new when it is written again. */
    private void hold(OutStream stream, long from, int code, int retryAfterMs) {
        boolean isStopping = code == ErrorCode.SHUTTING_DOWN.number() && !stream.isReply();
        stream.forEach(m -> {
            if (m.seq >= from && stream.at(m.seq) == m) {
                leaveWindow(m);
                m.writtenOn = 0;
                if (isStopping && m.writeCount == 1) {
                    m.writeCount = 0;
                }
            }
        });
        stream.isBlocked = true;
        stream.heldOn = connection;
        stream.heldUntilNs = clock.nanoTime() + Math.max(HOLD_NS, retryAfterMs * 1_000_000L);
        if (!held.contains(stream)) {
            held.add(stream);
        }
    }

    private void refuseFrom(OutStream stream, long seq, int code, int retryAfterMs) {
        ArrayDeque<Outgoing> refused = new ArrayDeque<>();
        Outgoing message;
        while ((message = stream.takeNewest(seq)) != null) {
            refused.addFirst(message);
        }
        int why = code;
        for (Outgoing each : refused) {
            leaveWindow(each);
            release(each);
            forgetRequest(each);
            counters.refusedCount++;
            listener.onRefused(each, why, retryAfterMs);
            replyIsSettled(each);
            why = ErrorCode.PRECEDING_REFUSED.number();
        }
        goOn(stream);
    }

    private static void replyIsSettled(Outgoing message) {
        if (message.answers != null) {
            message.answers.lane.replySettled(message.answers);
        }
    }

    private @Nullable OutStream byHandle(int handle) {
        return handle >= 1 && handle <= streams.size() ? streams.get(handle - 1) : null;
    }

    private void leaveWindow(Outgoing message) {
        if (message.isInWindow) {
            message.isInWindow = false;
            windowMessages--;
            windowBytes -= message.frameBytes();
        }
    }

    private void release(Outgoing message) {
        if (!message.isResolved) {
            message.isResolved = true;
            messages--;
            bytes -= message.draft.block().length + message.draft.payload().length;
        }
    }
}
