package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.StreamKey;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What user threads ask of the session: to send, to ask the daemon, to wait. A caller that meets a full outbox waits outside the lock until
 * there is room or its time is up, as configured; inside a handler it never waits, because it would wait for itself. Then it is refused
 * with OUTBOX_FULL. Any thread.
 */
final class Calls {
    /** With fewer messages under way each is written at once; with more, until so many wait, they go together. */
    private static final int WRITE_AT_ONCE = 16;

    private static final int WRITE_TOGETHER = 64;
    private static final String INTERRUPTED = "interrupted while waiting for room in the outbox";

    private final Engine engine;
    private final ClientSession session;
    private final Link link;

    Calls(Engine engine) {
        this.engine = engine;
        this.session = engine.session;
        this.link = engine.link;
    }

    // ---- sending

    /** Submits one whose answer the caller waits for; the attachment hears the outcome. */
    Outgoing submit(Draft draft) {
        engine.lock.lock();
        try {
            return submitLocked(draft, deadlineNs());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayClosed(INTERRUPTED);
        } finally {
            engine.lock.unlock();
            link.flush();
            engine.outcomes.deliver();
        }
    }

    /** Submits one that nobody waits for yet; its handle hears the outcome, an interruption of this call too. */
    void submitOne(Draft draft) {
        boolean isDue = false;
        engine.lock.lock();
        try {
            submitLocked(draft, deadlineNs());
            isDue = isWriteDue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failFrom(List.of(draft), 0, new RelayClosed(INTERRUPTED));
        } finally {
            engine.lock.unlock();
            write(isDue);
            engine.outcomes.deliver();
        }
    }

    /** Submits all in order under one deadline; at the first that finds no room the rest fail with OUTBOX_FULL through their handles. */
    void submitAll(List<Draft> drafts) {
        int done = 0;
        engine.lock.lock();
        try {
            long deadlineNs = deadlineNs();
            for (; done < drafts.size(); done++) {
                submitLocked(drafts.get(done), deadlineNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failFrom(drafts, done, new RelayClosed(INTERRUPTED));
        } catch (RelayRefused e) {
            if (done == 0) {
                throw e;
            }
            failFrom(drafts, done, e);
        } finally {
            boolean isDue = isWriteDue();
            engine.lock.unlock();
            write(isDue);
            engine.outcomes.deliver();
        }
    }

    private static void failFrom(List<Draft> drafts, int from, RelayException why) {
        for (Draft draft : drafts.subList(from, drafts.size())) {
            if (draft.attachment() instanceof PendingSend send) {
                send.handle().completeExceptionally(why);
            }
        }
    }

    private Outgoing submitLocked(Draft draft, long deadlineNs) throws InterruptedException {
        engine.checkOpen();
        Outgoing message;
        while ((message = session.submit(draft)) == null) {
            long leftNs = leftNs(draft, deadlineNs);
            link.flushSoon();
            engine.changed.awaitNanos(leftNs);
            engine.checkOpen();
        }
        named(message);
        return message;
    }

    private static long leftNs(Draft draft, long deadlineNs) {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
            throw new RelayRefused("OUTBOX_FULL", "send to " + draft.stream().target(), 0);
        }
        return leftNs;
    }

    private void named(Outgoing message) {
        if (message.draft().attachment() instanceof PendingSend send) {
            send.handle().message = ref(message);
            send.handle().engine = engine;
        }
    }

    private MessageRef ref(Outgoing message) {
        StreamKey stream = message.draft().stream();
        return new MessageRef(
                stream.targetKind(),
                stream.target(),
                stream.messageClass().wire(),
                session.epoch(),
                message.seq(),
                new UUID(message.idMsb(), message.idLsb()));
    }

    private long deadlineNs() {
        long waitMs = HandlerPool.isHandlerThread() ? 0 : engine.config.sendWaitMs();
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    }

    /** Few under way: the next one goes at once. Many: they go together, when their bytes are worth it or when something else is written. */
    private boolean isWriteDue() {
        int unwritten = session.unwrittenMessages();
        return unwritten >= WRITE_TOGETHER || (unwritten > 0 && session.unreceiptedMessages() < WRITE_AT_ONCE);
    }

    private void write(boolean isDue) {
        if (isDue) {
            link.flush();
        } else {
            link.flushSoon();
        }
    }

    // ---- waiting

    /** Waits for an answer; reads for itself what comes meanwhile if nobody else does. */
    <T> T await(Awaited<T> answer, String what, long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return Outcomes.await(() -> link.await(answer, deadlineNs), what, timeoutMs);
    }

    void abandonRequest(Outgoing message) {
        engine.enter(() -> session.abandonRequest(message));
    }

    void abandonResult(Outgoing message) {
        engine.enter(() -> session.abandonResult(message));
    }

    // ---- asking the daemon

    /** One control call; fails with {@link RelayRefused} when the daemon says no. */
    Map<String, @Nullable Object> control(String op, Map<String, ?> arguments, long timeoutMs) {
        Awaited<Map<String, @Nullable Object>> answer = ask(op, arguments);
        link.flush();
        return await(answer, "control op=" + op, timeoutMs);
    }

    private Awaited<Map<String, @Nullable Object>> ask(String op, Map<String, ?> arguments) {
        engine.lock.lock();
        try {
            engine.checkOpen();
            long ref = session.control(op, arguments);
            if (ref == 0) {
                throw new RelayRefused("OUTBOX_FULL", "control op=" + op, 0);
            }
            return engine.outcomes.expectControl(ref, op);
        } finally {
            engine.lock.unlock();
        }
    }
}
