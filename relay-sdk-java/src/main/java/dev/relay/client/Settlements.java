package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of deliveries: acked, failed, answered, by the handler's return, by its exception or by hand. The application's inbox, if
 * there is one, hears of a finished message before the daemon does. Acks of quick handlers are held back for at most
 * {@value #HELD_ANSWERS_NS} ns, to be written together. Any thread.
 */
final class Settlements {
    private static final int MAX_ERROR_BYTES = 512;
    private static final long HELD_ANSWERS_NS = 200_000;

    private final Engine engine;
    private final ClientSession session;
    private final @Nullable InboxRecorder recorder;
    private volatile long flushedNs;

    Settlements(Engine engine) {
        this.engine = engine;
        this.session = engine.session;
        InboxStore inbox = engine.config.inbox();
        this.recorder = inbox == null ? null : new InboxRecorder(inbox, this);
    }

    // ---- by the handler's end

    /** Its ack is written at once, or, while handlers are quick, together with those that follow in this moment. */
    void returned(Inbound message, boolean acked) {
        engine.lock.lock();
        try {
            engine.deliveries.left();
            session.returned(message, acked);
            engine.deliveries.wakeNext();
        } finally {
            engine.lock.unlock();
        }
        flushWhenDue();
        engine.outcomes.deliver();
    }

    private void flushWhenDue() {
        long now = System.nanoTime();
        if (!engine.deliveries.pace.isFast() || now - flushedNs > HELD_ANSWERS_NS) {
            flushedNs = now;
            engine.link.flush();
        }
    }

    void failed(Inbound message, Message.Nack failure) {
        byte[] text = clip(failure.error());
        engine.enter(() -> {
            engine.deliveries.left();
            session.failed(message, failure.nackClass(), failure.delayMs(), text);
            engine.deliveries.wakeNext();
        });
    }

    // ---- by hand

    /** A failure by hand, after the handler. */
    void nack(Inbound message, Message.Nack failure) {
        byte[] text = clip(failure.error());
        engine.enter(() -> session.failed(message, failure.nackClass(), failure.delayMs(), text));
    }

    /** An ack by hand: recorded first, if there is an inbox. */
    void ack(Inbound message) {
        try {
            record(message);
        } catch (AlreadyDone e) {
            recorded(message);
        }
        engine.enter(() -> session.ack(message));
    }

    // ---- answers

    /** By user code, at any time. */
    void respond(Inbound request, @Nullable Object value) {
        answer(request, value);
        engine.link.flush();
    }

    /** Written with what {@link #returned} writes. */
    void answer(Inbound request, @Nullable Object value) {
        HeaderBlock.Builder block = TraceContext.answering(request.block());
        answer(request, value, block == null ? HeaderBlock.EMPTY : block.build());
    }

    void answerError(Inbound request, String error) {
        byte[] block =
                new HeaderBlock.Builder().put(HeaderKey.ERROR_TEXT, clip(error)).build();
        answer(request, null, block);
    }

    private void answer(Inbound request, @Nullable Object value, byte[] block) {
        PayloadCodec codec = Payloads.codecOf(value);
        Draft draft = new Draft(
                StreamKey.reply(request.sender()), "", 0, 0, codec.content(value), 0, block, codec.encode(value), null);
        engine.lock.lock();
        try {
            engine.checkOpen();
            respondLocked(request, draft);
        } finally {
            engine.lock.unlock();
        }
    }

    private void respondLocked(Inbound request, Draft draft) {
        if (!request.isRequest() || session.isAnswered(request)) {
            throw new RelayRefused(ErrorCode.NO_PENDING_REQUEST.name(), "respond to " + request.sender(), 0);
        }
        if (session.respond(request, draft) == null) {
            throw new RelayRefused("OUTBOX_FULL", "respond to " + request.sender(), 0);
        }
    }

    boolean isAnswered(Inbound request) {
        engine.lock.lock();
        try {
            return session.isAnswered(request);
        } finally {
            engine.lock.unlock();
        }
    }

    // ---- the application's inbox

    /** The handler has finished the message. */
    void record(Inbound message) {
        if (recorder != null) {
            recorder.done(message);
        }
    }

    /** As {@link #record}, asked for by the handler; false while an earlier message of the lane is open, or without an inbox. */
    boolean record(Inbound message, byte[] state) {
        return recorder != null && recorder.done(message, state);
    }

    @Nullable
    Inbound recordable(Inbound message) {
        engine.lock.lock();
        try {
            return session.recordable(message);
        } finally {
            engine.lock.unlock();
        }
    }

    void recorded(Inbound message) {
        engine.lock.lock();
        try {
            session.recorded(message);
        } finally {
            engine.lock.unlock();
        }
    }

    private static byte[] clip(String error) {
        byte[] text = error.getBytes(StandardCharsets.UTF_8);
        return text.length <= MAX_ERROR_BYTES ? text : Arrays.copyOf(text, MAX_ERROR_BYTES);
    }
}
