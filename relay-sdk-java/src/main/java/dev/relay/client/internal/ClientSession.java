package dev.relay.client.internal;

import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.JsonException;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Uuid7;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One agent's side of the bus protocol as plain code: bytes in by {@link #onFrame}, bytes out by {@link #pump}, time by {@link Clock}.
 *
 * <p>The idea: everything that must survive a connection lives here and is named by identity, never by a number of the connection. The outbox keeps
 * each message until its outcome is known and writes all of it again, in order, on the next connection; the inbox keeps the floor and the running
 * handlers of every lane, so that what is delivered again is answered and not run again. Handles, windows and credit belong to one connection and are
 * built anew by {@link #connected}. A daemon that died and came back is therefore one more {@link #disconnected} and {@link #connected}.
 *
 * <p>Its parts share nothing but what is handed to them: {@link SessionWriter} makes frames of what {@link Outbox}, {@link Inbox} and
 * {@link Controls} hold, {@link SessionReader} gives them what the daemon's frames say, {@link Handshake} begins. This class has the
 * states, and the calls.
 *
 * <p>In the byte stream to the daemon a handler's sends come before its ack (rule R7): acks wait until what was submitted before them is written.
 *
 * <p>Not thread-safe: one owner at a time calls it (the client holds one lock around each call, a simulation has one thread). Listener calls come
 * from inside these calls. Bounded by {@link SessionConfig}: a full outbox refuses {@link #submit} with null; deliveries are bounded by the credit.
 */
public final class ClientSession {
    /** Where the session stands. */
    public enum State {
        /** No connection; calls are queued. */
        DISCONNECTED,
        /** Connected, HELLO has to be written. */
        HELLO_DUE,
        /** HELLO is written, WELCOME is awaited. */
        HELLO_SENT,
        /** WELCOME is here. */
        OPEN,
        /** A fatal error or {@link #close}: nothing more happens. */
        CLOSED
    }

    private final SessionConfig config;
    private final Clock clock;
    private final SessionListener listener;
    private final SessionCounters counters = new SessionCounters();
    private final Outbox outbox;
    private final Inbox inbox;
    private final Controls controls;
    private final Handshake handshake;
    private final SessionWriter writer;
    private final SessionReader reader;
    private final Kinds kinds = new Kinds();

    private State state = State.DISCONNECTED;
    private long connection;
    private boolean isDelivering;
    private List<LaneFloor> recorded = List.of();
    private long lastReceivedNs;

    public ClientSession(SessionConfig config, Clock clock, RandomGenerator random, SessionListener listener) {
        this.config = config;
        this.clock = clock;
        this.listener = listener;
        this.outbox = new Outbox(config, clock, new Uuid7(clock, random), listener, counters);
        this.inbox = new Inbox(outbox, counters);
        this.controls = new Controls(listener);
        this.handshake = new Handshake(config);
        this.writer = new SessionWriter(clock, outbox, inbox, controls, kinds);
        this.reader = new SessionReader(outbox, inbox, controls, kinds, handshake, writer, listener, counters);
    }

    /** What the application has recorded as finished in earlier lives; before the first connection. Counts for the store that it names only. */
    public void restore(List<LaneFloor> floors) {
        recorded = List.copyOf(floors);
    }

    /** Asks for the name from its first HELLO on as one that may take over an owner that has gone silent; before the first connection. */
    public void takeOver() {
        handshake.takeOver();
    }

    // ---- connection

    /** A new connection to the daemon is there; the next {@link #pump} writes HELLO. */
    public void connected() {
        if (state != State.DISCONNECTED) {
            throw new IllegalStateException("already connected: state=" + state);
        }
        connection++;
        counters.connectionCount++;
        lastReceivedNs = clock.nanoTime();
        kinds.connected();
        writer.connected(connection);
        reader.connected(connection);
        state = State.HELLO_DUE;
    }

    /** The connection is gone. What is unresolved stays, except express messages. */
    public void disconnected() {
        if (state == State.DISCONNECTED || state == State.CLOSED) {
            return;
        }
        state = State.DISCONNECTED;
        outbox.disconnected();
        inbox.disconnected();
        controls.disconnected();
    }

    /** Ends the session for good and returns what has no outcome; the next {@link #pump} writes GOODBYE when the session was open. */
    public List<Outgoing> close() {
        if (state == State.OPEN) {
            writer.goodbye();
        }
        state = State.CLOSED;
        return outbox.unresolved();
    }

    // ---- calls

    /**
     * Takes a message into the outbox, connected or not; null when a bound is reached. Its outcome comes by the listener, possibly TOO_LARGE from
     * inside this call.
     */
    public @Nullable Outgoing submit(Draft draft) {
        return submit(draft, null);
    }

    /**
     * Answers a request that was delivered to this session; {@code draft} names the stream {@link StreamKey#reply}. Its ack goes with the reply.
     * Null when the outbox is full or the request is answered already.
     */
    public @Nullable Outgoing respond(Inbound request, Draft draft) {
        if (request.reply != null || !request.isRequest()) {
            return null;
        }
        Draft reply = draft.asReply(kinds.replyBlock(request, draft.block()));
        Outgoing message = submit(reply, request);
        if (message != null && (request.lane.isForgotten || request.isGone)) {
            outbox.refuse(message, ErrorCode.NO_PENDING_REQUEST);
        } else if (message != null && !message.isResolved) {
            request.reply = message;
            request.isReplyPending = true;
        }
        return message;
    }

    private @Nullable Outgoing submit(Draft draft, @Nullable Inbound answers) {
        if (state == State.CLOSED) {
            throw new IllegalStateException("the session is closed");
        }
        if (!kinds.register(draft.kind())
                || (outbox.streams().count() >= Limits.MAX_HANDLES
                        && !outbox.streams().has(draft.stream()))) {
            return null;
        }
        Outgoing message = outbox.submit(draft, answers);
        if (message != null && message.frameBytes() > handshake.maxFrameBytes()) {
            outbox.refuse(message, ErrorCode.TOO_LARGE);
        }
        return message;
    }

    /** The caller waits for the RESULT no longer. */
    public void abandonResult(Outgoing message) {
        outbox.abandonResult(message);
    }

    /** The caller waits for the reply no longer: a late one is acked and counted. */
    public void abandonRequest(Outgoing message) {
        outbox.forgetRequest(message);
        outbox.abandonResult(message);
    }

    /** What HELLO says of the agent, {@code metadata} and {@code capabilities}, from the next connection on. */
    public void declare(Map<String, ?> given) {
        handshake.declare(given);
    }

    /** Queues a control call and returns its ref, or 0 when too many are under way. Subscriptions are repeated on every session. */
    public long control(String op, Map<String, ?> arguments) {
        return controls.call(op, arguments);
    }

    /** Handlers are registered: the daemon may deliver. False pauses. */
    public void deliver(boolean on) {
        isDelivering = on;
        writer.credit(on ? config.windowMessages() : 0, on ? config.windowBytes() : 0);
    }

    public boolean isDelivering() {
        return isDelivering;
    }

    // ---- deliveries

    /** The next message for a handler, lanes in turn, one at a time per lane; null when nothing can start. */
    public @Nullable Inbound startNext() {
        return inbox.startNext();
    }

    /** True when {@link #startNext} has something. */
    public boolean hasReady() {
        return inbox.hasReady();
    }

    /** The handler returned; {@code acked} acks it (a request's ack goes with its reply when there is one). */
    public void returned(Inbound message, boolean acked) {
        message.lane.returned(message, acked);
    }

    /** True when {@link #respond} was called for this request. */
    public boolean isAnswered(Inbound request) {
        return request.reply != null;
    }

    /** True while an ACK or NACK is not written yet. */
    public boolean hasAcks() {
        return state == State.OPEN && inbox.hasAcks();
    }

    /**
     * The highest message of the lane that the application's inbox may record as finished when this one is: all below it is finished. Null while one
     * below is open.
     */
    public @Nullable Inbound recordable(Inbound message) {
        return message.lane.floor.recordable(message);
    }

    /** The application's inbox holds it as finished, or will with the one that it waits for. */
    public void recorded(Inbound message) {
        message.isRecorded = true;
    }

    /** An ack by hand. */
    public void ack(Inbound message) {
        message.lane.acked(message);
    }

    /** The handler failed; {@code nackClass} is one of {@code Frames.NACK_*}, {@code delayMs} 0 for the schedule. */
    public void failed(Inbound message, int nackClass, int delayMs, byte[] error) {
        message.lane.failed(message, nackClass, delayMs, error, connection);
    }

    // ---- bytes out

    /** Writes everything that is due until the sink is full; false when something is left because of that. */
    public boolean pump(FrameSink sink) {
        return switch (state) {
            case DISCONNECTED, HELLO_SENT -> true;
            case HELLO_DUE -> writeHello(sink);
            case OPEN -> writer.pump(sink, handshake);
            case CLOSED -> writer.writeGoodbye(sink);
        };
    }

    private boolean writeHello(FrameSink sink) {
        if (!handshake.writeHello(sink, inbox.floors(), clock.nanoTime())) {
            return false;
        }
        state = State.HELLO_SENT;
        return true;
    }

    // ---- bytes in

    /** Takes one whole frame at {@code at} of a little-endian buffer; nothing of the buffer is kept. False means: close this connection. */
    public boolean onFrame(ByteBuffer b, int at) {
        if (state == State.DISCONNECTED || state == State.CLOSED) {
            return state
                    == State.CLOSED; // not looked at any more, but the connection is needed until GOODBYE is written
        }
        lastReceivedNs = clock.nanoTime();
        int type = Frames.type(b, at);
        if (Frames.len(b, at) < Frames.minimumBytes(type)) {
            return protocolError("short frame: type=" + FrameType.nameOf(type) + " len=" + Frames.len(b, at));
        }
        if (state != State.OPEN && type != FrameType.WELCOME && type != FrameType.ERROR && type != FrameType.GOODBYE) {
            return protocolError("frame before WELCOME: type=" + FrameType.nameOf(type));
        }
        try {
            if (FrameType.isControl(type)) {
                return onControl(type, new Fields(b, at));
            }
            reader.onHot(type, b, at);
            return true;
        } catch (JsonException | IllegalArgumentException e) {
            return protocolError(FrameType.nameOf(type) + ": " + e.getMessage());
        }
    }

    private boolean onControl(int type, Fields f) {
        switch (type) {
            case FrameType.WELCOME -> onWelcome(f);
            case FrameType.ERROR -> {
                return onError(f);
            }
            case FrameType.GOODBYE -> {
                return false;
            }
            default -> reader.onControl(type, f);
        }
        return true;
    }

    private void onWelcome(Fields f) {
        if (state != State.HELLO_SENT) {
            throw new IllegalArgumentException("unexpected in state " + state);
        }
        boolean isNewStore = handshake.onWelcome(f);
        if (isNewStore) {
            counters.storeResetCount++;
            outbox.reset("the daemon's store was replaced");
            inbox.reset();
        }
        state = State.OPEN;
        inbox.open(handshake.storeUuid(), recorded);
        outbox.open(connection);
        controls.open();
        if (isDelivering) {
            deliver(true);
        }
        listener.onOpen(handshake.isResumed() && !isNewStore);
    }

    private boolean onError(Fields f) {
        String code = f.textOr("code", "BAD_FRAME");
        boolean isFatal = f.flag("fatal");
        boolean mayRetry = isRetryable(code) || handshake.mayContest(code, f.flag("suspect"), clock.nanoTime());
        if (isFatal && !mayRetry) {
            state = State.CLOSED;
        }
        listener.onError(code, f.textOr("message", ""), isFatal && !mayRetry);
        return !isFatal;
    }

    private static boolean isRetryable(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code.isRetryable() || code == ErrorCode.BAD_FRAME;
            }
        }
        return false;
    }

    private boolean protocolError(String what) {
        listener.onError(ErrorCode.BAD_FRAME.name(), what, false);
        return false;
    }

    // ---- what it knows

    public State state() {
        return state;
    }

    /** 0 before the first WELCOME. */
    public long epoch() {
        return handshake.epoch();
    }

    /** Nanoseconds since the last frame of this connection. */
    public long silenceNs() {
        return clock.nanoTime() - lastReceivedNs;
    }

    public long pingMs() {
        return handshake.pingMs();
    }

    public SessionCounters counters() {
        return counters;
    }

    /** Messages that wait to be written. */
    public int unwrittenMessages() {
        return outbox.queue().unwritten();
    }

    /** Messages that were written on this connection and have no receipt. */
    public int unreceiptedMessages() {
        return outbox.queue().unreceipted();
    }

    /** Messages without final outcome. */
    public int outboxMessages() {
        return outbox.messages();
    }

    public long outboxBytes() {
        return outbox.bytes();
    }

    public int pendingRequests() {
        return outbox.pendingRequests();
    }

    public int inboxQueued() {
        return inbox.queued();
    }

    public int laneCount() {
        return inbox.laneCount();
    }
}
