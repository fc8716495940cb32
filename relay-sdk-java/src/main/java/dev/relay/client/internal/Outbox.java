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
 * Everything that was submitted and is not resolved, and what the daemon says of it. {@link WriteQueue} has the order in which it is
 * written. A refusal refuses everything behind it on its stream, so that nothing passes it (rule R2); only a re-send, which the daemon may
 * have accepted before, a reply, and what a stopping daemon refuses are held and tried again when the refusal can pass. Owned by
 * {@link ClientSession}. Bounded by messages, bytes and pending requests of {@link SessionConfig}; at the bound {@link #submit} returns
 * null.
 */
final class Outbox {
    private final SessionConfig config;
    private final Clock clock;
    private final Uuid7 ids;
    private final SessionListener listener;
    private final SessionCounters counters;
    private final OutStreams streams = new OutStreams();
    private final WriteQueue queue;
    private final Map<Long, Outgoing> pendingRequests = new HashMap<>();
    private long lastOrdinal;
    private int messages;
    private long bytes;

    Outbox(SessionConfig config, Clock clock, Uuid7 ids, SessionListener listener, SessionCounters counters) {
        this.config = config;
        this.clock = clock;
        this.ids = ids;
        this.listener = listener;
        this.counters = counters;
        this.queue = new WriteQueue(streams, clock, counters);
    }

    WriteQueue queue() {
        return queue;
    }

    OutStreams streams() {
        return streams;
    }

    int messages() {
        return messages;
    }

    long bytes() {
        return bytes;
    }

    int pendingRequests() {
        return pendingRequests.size();
    }

    long lastOrdinal() {
        return lastOrdinal;
    }

    List<Outgoing> unresolved() {
        List<Outgoing> all = new ArrayList<>();
        streams.forEach(stream -> stream.forEach(all::add));
        all.sort(Comparator.comparingLong(m -> m.ordinal));
        return all;
    }

    // ---- calls

    /**
     * Numbers the message and queues it, or returns null when a bound is reached. Replies are bounded by the delivery window, and never
     * kept back by what their handler sends.
     */
    @Nullable
    Outgoing submit(Draft draft, @Nullable Inbound answers) {
        boolean isRequest = answers == null && (draft.flags() & Flags.REQUEST) != 0;
        if (answers == null && !hasRoom(draft, isRequest)) {
            return null;
        }
        Outgoing message = take(draft, answers);
        if (isRequest) {
            pendingRequests.put(message.idLsb, message);
        }
        return message;
    }

    private boolean hasRoom(Draft draft, boolean isRequest) {
        return messages < config.maxOutboxMessages()
                && bytes + draft.bytes() <= config.maxOutboxBytes()
                && (!isRequest || pendingRequests.size() < config.maxPendingRequests());
    }

    private Outgoing take(Draft draft, @Nullable Inbound answers) {
        OutStream stream = streams.of(draft.stream());
        ids.next();
        Outgoing message = new Outgoing(
                draft, stream, stream.nextSeq(), ++lastOrdinal, clock.nanoTime(), ids.msb(), ids.lsb(), answers);
        stream.append(message);
        messages++;
        bytes += draft.bytes();
        queue.add(message);
        return message;
    }

    private void release(Outgoing message) {
        if (!message.isResolved) {
            message.isResolved = true;
            messages--;
            bytes -= message.draft.bytes();
        }
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

    // ---- connection

    void open(long connection) {
        queue.open(connection, lastOrdinal);
    }

    /** Express messages are sent at most once: without a receipt nothing more is learned. */
    void disconnected() {
        streams.forEach(stream -> {
            if (stream.isExpress()) {
                dropAll(stream, "the connection was lost before the daemon's answer");
            }
        });
    }

    /** The store was replaced: old epochs are never sent again (rule R1, I9). */
    void reset(String why) {
        streams.forEach(stream -> {
            dropAll(stream, why);
            List<Outgoing> waiting = new ArrayList<>();
            stream.forEach(waiting::add);
            waiting.forEach(this::release);
            stream.reset();
        });
        queue.clear();
    }

    private void dropAll(OutStream stream, String why) {
        Outgoing message;
        while ((message = stream.takeSafe(Long.MAX_VALUE)) != null) {
            release(message);
            pendingRequests.remove(message.idLsb, message);
            listener.onUnknown(message, why);
        }
    }

    // ---- the daemon's answers

    /** Name of the stream's target, empty for an unknown handle. */
    String targetOf(int handle) {
        OutStream stream = streams.byHandle(handle);
        return stream == null ? "" : stream.key.target();
    }

    /** The request of a waiting reply was delivered again. */
    void requestIsBack(Outgoing reply) {
        queue.goOn(reply.stream);
    }

    void bound(int handle, long mark, long safeTo) {
        OutStream stream = streams.byHandle(handle);
        if (stream != null && stream.isReply() && queue.isBound(stream)) {
            safe(stream, safeTo, Frames.BY_DISK);
            queue.bound(stream, mark);
        }
    }

    void sent(int handle, long upto, int by) {
        OutStream stream = streams.byHandle(handle);
        if (stream != null) {
            safe(stream, upto, by);
        }
    }

    private void safe(OutStream stream, long upto, int by) {
        Outgoing message;
        while ((message = stream.takeSafe(upto)) != null) {
            counters.receiptCount++;
            queue.leaveWindow(message);
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
        Outgoing message = takeForResult(streams.byHandle(handle), seq);
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

    private @Nullable Outgoing takeForResult(@Nullable OutStream stream, long seq) {
        Outgoing message = stream == null ? null : stream.awaitingAt(seq);
        if (stream == null || message == null) {
            return stream == null ? null : stream.at(seq);
        }
        stream.resultDone(message);
        release(message);
        return message;
    }

    void matched(int handle, long seq, int durable, int live) {
        OutStream stream = streams.byHandle(handle);
        Outgoing message = stream == null ? null : stream.at(seq);
        if (message == null) {
            counters.lateReceiptCount++;
        } else {
            listener.onMatched(message, durable, live);
        }
    }

    // ---- refusals

    void refused(int handle, int code, int retryAfterMs, long seq, long idMsb, long idLsb) {
        OutStream stream = streams.byHandle(handle);
        Outgoing message = stream == null ? null : stream.at(seq);
        if (stream == null || message == null || !message.hasId(idMsb, idLsb)) {
            counters.lateReceiptCount++;
        } else if (code == ErrorCode.PRECEDING_REFUSED.number() && queue.isHeldNow(stream)) {
            counters.lateReceiptCount++;
        } else if (canHold(message, code)) {
            queue.hold(stream, seq, code, retryAfterMs);
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

    private void refuseFrom(OutStream stream, long seq, int code, int retryAfterMs) {
        ArrayDeque<Outgoing> refused = new ArrayDeque<>();
        Outgoing message;
        while ((message = stream.takeNewest(seq)) != null) {
            refused.addFirst(message);
        }
        int why = code;
        for (Outgoing each : refused) {
            refuseOne(each, why, retryAfterMs);
            why = ErrorCode.PRECEDING_REFUSED.number();
        }
        queue.goOn(stream);
    }

    private void refuseOne(Outgoing message, int code, int retryAfterMs) {
        queue.leaveWindow(message);
        release(message);
        forgetRequest(message);
        counters.refusedCount++;
        listener.onRefused(message, code, retryAfterMs);
        replyIsSettled(message);
    }

    private static void replyIsSettled(Outgoing message) {
        if (message.answers != null) {
            message.answers.lane.replySettled(message.answers);
        }
    }
}
