package dev.relay.client;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.SessionListener;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Turns session events into outcomes of futures. Events are queued under the engine's lock and completed by {@link #deliver} outside it; futures
 * that user code hangs on are completed on their own thread, so that user code never runs on the reader. The queue is bounded by the outbox:
 * every entry was a message or a control call in it. What nobody asked for goes to {@link Events}.
 */
final class Outcomes implements SessionListener {
    private static final long CLOSE_MS = 5_000;

    private final ConcurrentLinkedQueue<Runnable> due = new ConcurrentLinkedQueue<>();
    private final Map<Long, Awaited<Map<String, @Nullable Object>>> controls = new HashMap<>();
    private final Map<Long, String> controlOps = new HashMap<>();
    private final ExecutorService callbacks;
    private volatile @Nullable Thread callbackThread;
    private final Runnable onReady;
    private final Runnable onCompleted;
    private volatile @Nullable RelayException fatal;
    private volatile @Nullable RelayException nameInUse;
    private volatile String lastError = "";
    /** For listeners of the application. */
    final Events events = new Events(this::callBack);

    final LongAdder pausedCount = new LongAdder();
    final LongAdder errorCount = new LongAdder();

    /** {@code onCompleted} is told, on any thread, after futures were completed. */
    Outcomes(String name, Runnable onReady, Runnable onCompleted) {
        this.onReady = onReady;
        this.onCompleted = onCompleted;
        this.callbacks = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "relay-" + name + "-callbacks");
            thread.setDaemon(true);
            callbackThread = thread;
            return thread;
        });
    }

    @Nullable
    RelayException fatal() {
        return fatal;
    }

    /** What the daemon said while a predecessor held the name. */
    @Nullable
    RelayException nameInUse() {
        return nameInUse;
    }

    String lastError() {
        return lastError;
    }

    /** Something has come in that {@link #deliver} will complete. */
    boolean hasDue() {
        return !due.isEmpty();
    }

    /** Completes what has come in; called without the lock. */
    void deliver() {
        boolean hasCompleted = false;
        Runnable next;
        while ((next = due.poll()) != null) {
            next.run();
            hasCompleted = true;
        }
        if (hasCompleted) {
            onCompleted.run();
        }
    }

    /** Returns when what hangs on known outcomes has run, or after {@value #CLOSE_MS} ms; at once when called by such a callback. */
    void close() {
        callbacks.shutdown();
        if (Thread.currentThread() == callbackThread) {
            return;
        }
        try {
            callbacks.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private <T> void complete(CompletableFuture<T> future, T value) {
        due.add(new Completion<>(this, future, value));
    }

    /** A value that a future is given. One object, as there is one for each message. */
    private record Completion<T>(Outcomes outcomes, CompletableFuture<T> future, T value) implements Runnable {
        @Override
        public void run() {
            if (future.getNumberOfDependents() == 0 || outcomes.callbacks.isShutdown()) {
                future.complete(value);
            } else {
                outcomes.callbacks.execute(() -> future.complete(value));
            }
        }
    }

    private void fail(CompletableFuture<?> future, RelayException why) {
        due.add(() -> run(future, () -> future.completeExceptionally(why)));
    }

    private void run(CompletableFuture<?> future, Runnable completion) {
        if (future.getNumberOfDependents() == 0 || callbacks.isShutdown()) {
            completion.run();
        } else {
            callbacks.execute(completion);
        }
    }

    // ---- messages

    @Override
    public void onSent(Outgoing message, int by) {
        if (message.draft().attachment() instanceof PendingSend send && !send.wantsResult()) {
            complete(send.handle(), receipt(send.handle(), by));
        }
    }

    private static Receipt receipt(SendHandle handle, int by) {
        Receipt.By why = switch (by) {
            case Frames.BY_ACK -> Receipt.By.ACK;
            case Frames.BY_LIVE -> Receipt.By.LIVE;
            default -> Receipt.By.DISK;
        };
        return new Receipt(why, handle.message, handle.durableMatches, handle.liveMatches);
    }

    @Override
    public void onRefused(Outgoing message, int number, int retryAfterMs) {
        ErrorCode code = ErrorCode.byNumber(number);
        String name = code == null ? "CODE_" + number : code.name();
        failMessage(message, new RelayRefused(name, what(message), retryAfterMs));
    }

    private static String what(Outgoing message) {
        String target = message.draft().stream().target();
        return "send to=" + (target.isEmpty() ? "topics" : target) + " kind="
                + message.draft().kind();
    }

    @Override
    public void onResult(Outgoing message, int outcome, int reason, int attempts) {
        if (outcome == Frames.DEAD) {
            DeadLetterReason why = DeadLetterReason.byNumber(reason);
            boolean isTimedOut =
                    why == DeadLetterReason.EXPIRED && (message.draft().flags() & Flags.REQUEST) != 0;
            failMessage(
                    message,
                    isTimedOut
                            ? new RelayTimeout(what(message), message.draft().ttlMs())
                            : new RelayDeadLettered(what(message), why == null ? "REASON_" + reason : why.name()));
        } else if (message.draft().attachment() instanceof PendingSend send && send.wantsResult()) {
            complete(send.handle(), receipt(send.handle(), Frames.BY_ACK));
        }
    }

    @Override
    public void onUnknown(Outgoing message, String why) {
        failMessage(message, new RelayClosed("no outcome of " + what(message) + ": " + why));
    }

    private void failMessage(Outgoing message, RelayException why) {
        if (message.draft().attachment() instanceof PendingSend send) {
            fail(send.handle(), why);
        } else if (message.draft().attachment() instanceof CompletableFuture<?> reply) {
            fail(reply, why);
        }
    }

    @Override
    public void onMatched(Outgoing message, int durable, int live) {
        if (message.draft().attachment() instanceof PendingSend send) {
            send.handle().durableMatches = durable;
            send.handle().liveMatches = live;
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onReply(Outgoing request, Inbound inbound) {
        if (request.draft().attachment() instanceof CompletableFuture<?> future) {
            String error = HeaderBlock.text(inbound.block(), HeaderKey.ERROR_TEXT);
            if (error == null) {
                complete((CompletableFuture<Reply>) future, new Reply(inbound));
            } else {
                fail(future, new RelayRemoteError(error));
            }
        }
    }

    // ---- the rest

    @Override
    public void onReady() {
        onReady.run();
    }

    @Override
    public void onPressure(String target, boolean paused, int queued) {
        if (paused) {
            pausedCount.increment();
        }
        events.tell(new Pressure(target, paused, queued));
    }

    /** For listeners it is an event of its own name: what is lost with a connection is asked for again. */
    @Override
    public void onOpen(boolean resumed) {
        onEvent("connected", Map.of("event", "connected", "resumed", resumed));
    }

    @Override
    public void onEvent(String name, Map<String, @Nullable Object> event) {
        events.tell(name, event);
    }

    private void callBack(Runnable userCode) {
        due.add(() -> {
            if (!callbacks.isShutdown()) {
                callbacks.execute(userCode);
            }
        });
    }

    @Override
    public void onError(String code, String message, boolean isFatal) {
        errorCount.increment();
        lastError = code + ": " + message;
        if (code.equals(ErrorCode.NAME_IN_USE.name())) {
            nameInUse = new RelayRefused(code, message, 0);
        }
        if (isFatal) {
            fatal = new RelayRefused(code, message, 0);
        }
    }

    Awaited<Map<String, @Nullable Object>> expectControl(long ref, String op) {
        Awaited<Map<String, @Nullable Object>> answer = new Awaited<>();
        controls.put(ref, answer);
        controlOps.put(ref, op);
        return answer;
    }

    @Override
    public void onControlReply(long ref, @Nullable Map<String, @Nullable Object> reply) {
        Awaited<Map<String, @Nullable Object>> answer = controls.remove(ref);
        String op = controlOps.remove(ref);
        if (answer == null) {
            return;
        }
        if (reply == null) {
            fail(answer, new RelayException("NOT_CONNECTED", "the connection was lost: op=" + op + ". Ask again."));
        } else if (Boolean.TRUE.equals(reply.get("ok"))) {
            complete(answer, reply);
        } else {
            fail(answer, new RelayRefused(String.valueOf(reply.get("code")), op + ": " + reply.get("message"), 0));
        }
    }

    /** Nothing more is learned: messages without outcome are unknown, control calls without answer fail. */
    void onEnd(List<Outgoing> unresolved, String why) {
        unresolved.forEach(message -> onUnknown(message, why));
        controls.forEach((ref, answer) -> fail(answer, new RelayClosed("op=" + controlOps.get(ref) + ": " + why)));
        controls.clear();
        controlOps.clear();
    }

    /** A blocking wait for a call's answer. */
    interface Wait<T> {
        T get() throws InterruptedException, ExecutionException, TimeoutException;
    }

    /** Waits for a call's answer and throws what went wrong as the exception that it is. */
    static <T> T await(Wait<T> wait, String what, long timeoutMs) {
        try {
            return wait.get();
        } catch (TimeoutException e) {
            throw new RelayTimeout(what, timeoutMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayTimeout("interrupted " + what, timeoutMs);
        } catch (ExecutionException e) {
            throw Failures.unwrap(e);
        }
    }
}
