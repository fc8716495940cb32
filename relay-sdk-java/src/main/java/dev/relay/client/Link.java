package dev.relay.client;

import dev.relay.client.internal.ClientSession.State;
import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a client. A hand-over between threads costs more than the rest of a round trip, so reading and writing are roles that pass
 * to the thread which needs them next:
 *
 * <p>The reader's role belongs to the reader thread, which alone connects and reconnects. While calls wait for their answers one after the
 * other, or handlers return quickly, the reader leaves the role free, and the waiting caller or the handler thread reads for itself between
 * its own work. User code never runs while its thread has the role. The pacer looks every {@value LinkPacer#TICK_US} µs: has the role been
 * free since its last look, because user code takes its time, the reader takes it back.
 *
 * <p>Writing is {@link LinkWriter}'s. The buffer of what was read is fixed: a frame and 256 KiB.
 */
final class Link {
    private static final int BUFFER_BYTES = Limits.MAX_FRAME_BYTES + (256 << 10);
    private static final long FIRST_DELAY_MS = 20;
    private static final long MAX_DELAY_MS = 2_000;
    private final Engine engine;
    private final Thread reader;
    private final Selector readable = selector();
    private final ByteBuffer in = buffer();
    private final LinkWriter writer;
    private final LinkPacer pacer;
    private volatile @Nullable SocketChannel channel;
    private volatile boolean isStopped;
    private volatile String lastFailure = "";

    /** Who reads; null while nobody does. */
    private final AtomicReference<@Nullable Thread> role = new AtomicReference<>();
    /** Changes whenever somebody has had the role, or an inline handler has returned. */
    private volatile int beat;

    private volatile boolean isEnded;
    /** The reader's own: false once it has left the role to those whom its last batch woke. */
    private boolean isReaderReading;

    private volatile boolean isCallerReading;
    private volatile boolean isHandlerReading;
    private final AtomicInteger callers = new AtomicInteger();
    private boolean wasOpen;
    private final ReadingStreak streak = new ReadingStreak();

    static void ignore(SelectionKey ready) {}

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Selector selector() {
        try {
            return Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot watch sockets", e);
        }
    }

    Link(Engine engine) {
        this.engine = engine;
        this.reader = new Thread(this::readLoop, "relay-" + engine.config.name() + "-reader");
        reader.setDaemon(true);
        role.set(reader);
        this.writer = new LinkWriter(engine, this);
        this.pacer = new LinkPacer(engine, this, writer);
    }

    void start() {
        reader.start();
        pacer.start();
    }

    String lastFailure() {
        return lastFailure;
    }

    /** Writes what the closed session has left, then closes the socket. */
    void stop() {
        isStopped = true;
        pacer.stop();
        close(channel);
        readable.wakeup();
        LockSupport.unpark(reader);
        join(reader);
        closeSelectors();
    }

    private void closeSelectors() {
        try {
            readable.close();
            writer.close();
        } catch (IOException e) {
            failed(e);
        }
    }

    static void join(Thread thread) {
        if (thread == Thread.currentThread()) {
            return;
        }
        try {
            thread.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the reader thread: connections, and reading while nobody else does

    private void readLoop() {
        long delayMs = FIRST_DELAY_MS;
        while (!isStopped && state() != State.CLOSED) {
            wasOpen = false;
            try (SocketChannel fresh = engine.config.socket().open()) {
                engine.config.socket().connect(fresh);
                serve(fresh);
            } catch (IOException e) {
                failed(e);
            } finally {
                disconnected();
            }
            delayMs = wasOpen ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, delayMs * 2);
            if (!isStopped && state() != State.CLOSED) {
                LockSupport.parkNanos(this, ThreadLocalRandom.current().nextLong(1 + delayMs * 1_000_000));
            }
        }
        if (!isStopped) {
            engine.ended();
        }
    }

    private State state() {
        return engine.state();
    }

    private void disconnected() {
        engine.lock.lock();
        try {
            channel = null;
            engine.session.disconnected();
            engine.batchDone();
        } finally {
            engine.lock.unlock();
        }
        engine.outcomes.deliver();
    }

    /** Has the role at its begin and its end. */
    private void serve(SocketChannel fresh) throws IOException {
        fresh.configureBlocking(false);
        fresh.register(readable, SelectionKey.OP_READ);
        in.clear();
        isEnded = false;
        engine.lock.lock();
        try {
            if (isStopped || engine.session.state() != State.DISCONNECTED) {
                return;
            }
            channel = fresh;
            engine.session.connected();
        } finally {
            engine.lock.unlock();
        }
        flush();
        while (!isEnded) {
            if (role.get() == reader || role.compareAndSet(null, reader)) {
                readWhileUseful();
            }
            if (!isEnded) {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LinkPacer.SLOW_TICK_MS));
            }
        }
        while (role.get() != reader && !role.compareAndSet(null, reader)) {
            readable.wakeup();
            LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(LinkPacer.TICK_US));
        }
    }

    /** Until the connection ends or others may read for themselves; whoever comes for the role then writes too. */
    private void readWhileUseful() {
        streak.begin();
        isReaderReading = true;
        while (readOnce(LinkPacer.SLOW_TICK_MS)) {
            if (!isReaderReading) {
                pacer.wakeIfSlow();
                return;
            }
            flush();
        }
    }

    // ---- the role

    private boolean takeRole() {
        if (isEnded || !role.compareAndSet(null, Thread.currentThread())) {
            return false;
        }
        beat();
        return true;
    }

    private void leaveRole() {
        role.set(null);
        if (isEnded) {
            LockSupport.unpark(reader);
        } else {
            pacer.wakeIfSlow();
        }
    }

    /** Waits for the answer, and reads meanwhile unless somebody else does. */
    <T> T await(Awaited<T> answer, long deadlineNs) throws InterruptedException, ExecutionException, TimeoutException {
        if (answer.isDone()) {
            return answer.get();
        }
        callers.incrementAndGet();
        try {
            readFor(answer, deadlineNs);
            return answer.awaitUntil(deadlineNs);
        } finally {
            if (callers.decrementAndGet() > 0) {
                LockSupport.unpark(reader);
            }
        }
    }

    private void readFor(Awaited<?> answer, long deadlineNs) {
        boolean goesOn = true;
        while (goesOn && !answer.isDone() && answer.getNumberOfDependents() == 0 && takeRole()) {
            isCallerReading = true;
            try {
                goesOn = readUntilDone(answer, deadlineNs);
            } finally {
                isCallerReading = false;
                leaveRole();
            }
        }
    }

    private boolean readUntilDone(Awaited<?> answer, long deadlineNs) {
        while (!answer.isDone()) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0
                    || Thread.currentThread().isInterrupted()
                    || !readOnce(Math.min(leftMs, LinkPacer.SLOW_TICK_MS))) {
                return false;
            }
            if (engine.hasUnwritten()) {
                flush();
            }
        }
        return true;
    }

    /** A handler thread with nothing to run reads one batch for itself; false when it has to wait for others. */
    boolean readForHandler() {
        if (!engine.deliveries.pace.isFast()) {
            wakeReaderIfFree();
            return false;
        }
        if (!takeRole()) {
            return false;
        }
        isHandlerReading = true;
        try {
            return readOnce(LinkPacer.SLOW_TICK_MS);
        } finally {
            isHandlerReading = false;
            leaveRole();
        }
    }

    private void wakeReaderIfFree() {
        if (isRoleFree()) {
            wakeReader();
        }
    }

    /** The thread that reads now will run what it reads. */
    boolean isReadByHandler() {
        return isHandlerReading && role.get() == Thread.currentThread();
    }

    /** A handler returned, or somebody took the role: what races counts once. */
    void beat() {
        int before = beat;
        beat = before + 1;
    }

    /** Somebody who reads may wait for an outcome that another thread has completed. */
    void completed() {
        if (isCallerReading && role.get() != Thread.currentThread()) {
            readable.wakeup();
        }
    }

    // ---- reading, with the role

    /** Waits for bytes and takes all frames that are whole; false when the connection has ended. */
    private boolean readOnce(long timeoutMs) {
        SocketChannel from = channel;
        try {
            if (from == null) {
                return false;
            }
            readable.select(Link::ignore, timeoutMs);
            int n = from.read(in);
            if (n > 0 ? takeBatch() : n == 0) {
                return true;
            }
        } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
            failed(e);
        }
        isEnded = true;
        return false;
    }

    private boolean takeBatch() {
        boolean goesOn;
        engine.lock.lock();
        try {
            goesOn = takeFrames();
            engine.batchDone();
            streak.note(isForOthers());
            if (goesOn && isReaderReading && streak.isLong()) {
                streak.end();
                isReaderReading = false;
                role.set(null); // before those who are woken by this batch come for it
            }
        } finally {
            engine.lock.unlock();
        }
        engine.outcomes.deliver();
        return goesOn;
    }

    /** With the lock held. */
    private boolean takeFrames() {
        int end = in.position();
        int at = 0;
        boolean goesOn = true;
        int len;
        while ((len = FrameCursor.next(in, at, end, Limits.MAX_FRAME_BYTES)) > 0 && goesOn) {
            goesOn = engine.session.onFrame(in, at);
            at += len;
        }
        in.limit(end).position(at);
        in.compact();
        wasOpen |= engine.session.state() == State.OPEN;
        return goesOn && len == FrameCursor.INCOMPLETE;
    }

    /** With the lock held: what was read last is for a handler or a caller who could have read it himself. */
    private boolean isForOthers() {
        return engine.session.hasReady()
                ? engine.deliveries.pace.isFast()
                : callers.get() > 0 && engine.outcomes.hasDue();
    }

    // ---- writing

    /** Writes what waits, or has it written by the thread that is writing now. */
    void flush() {
        writer.flush();
    }

    /** Leaves what waits to the pacer's next tick, or to whoever writes before. */
    void flushSoon() {
        pacer.wakeIfSlow();
    }

    void wakePacer() {
        pacer.wake();
    }

    /** Null while there is no connection. */
    @Nullable
    SocketChannel channel() {
        return channel;
    }

    void failed(Exception e) {
        lastFailure = String.valueOf(e.getMessage());
    }

    /** The socket takes no more: the reader finds it closed and connects anew. */
    void broken(@Nullable SocketChannel open, IOException e) {
        failed(e);
        close(open);
    }

    private void close(@Nullable SocketChannel open) {
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException e) {
            failed(e);
        }
        readable.wakeup();
    }

    // ---- what the pacer asks and does

    boolean isRoleFree() {
        return role.get() == null;
    }

    int beats() {
        return beat;
    }

    /** Something has come and nobody has the role. */
    boolean hasBytes() {
        try {
            return readable.selectNow(Link::ignore) > 0;
        } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
            return true;
        }
    }

    void wakeReader() {
        LockSupport.unpark(reader);
    }

    void closeSilent() {
        SocketChannel open = channel;
        if (open != null) {
            lastFailure = "the daemon is silent";
            close(open);
        }
    }
}
