package dev.relay.client;

import dev.relay.client.internal.ClientSession.State;
import dev.relay.client.internal.FrameSink;
import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
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
 * The bytes of a client. A hand-over between threads costs more than the rest of a round trip, so reading and writing are roles that pass to the thread which needs them next:
 *
 * <p>The reader's role belongs to the reader thread, which alone connects and reconnects. While calls wait for their answers one after the other, or handlers return quickly, the reader
 * leaves the role free, and the waiting caller or the handler thread reads for itself between its own work. User code never runs while its thread has the role. The pacer looks every
 * {@value #TICK_US} µs: has the role been free since its last look, because user code takes its time, the reader takes it back.
 *
 * <p>Whoever has something to write writes it, when nobody else is writing; else the one who writes takes it along. What does not fit into the socket is left to the pacer, so no
 * caller ever waits for the daemon to read. Buffers are fixed: one megabyte and a frame each way.
 */
final class Link {
    private static final int BUFFER_BYTES = Limits.MAX_FRAME_BYTES + (256 << 10);
    private static final long TICK_US = 500;
    private static final long SLOW_TICK_MS = 50;
    private static final int TICKS_TO_SLOW = 8;
    private static final long DEAD_AFTER_NS = 6_000_000_000L;
    private static final long STOPPED_NS = 1_000_000_000L;
    private static final long LAST_BYTES_NS = 1_000_000_000L;
    private static final long FIRST_DELAY_MS = 20;
    private static final long MAX_DELAY_MS = 2_000;
    /** So many read batches in quick succession were for somebody who could have read them himself. */
    private static final int STREAK = 8;

    private static final long STREAK_NS = 2_000_000L;
    /** For so long the reader remembers that others read for themselves. */
    private static final long MEMORY_NS = 1_000_000_000L;

    private final Engine engine;
    private final Thread reader;
    private final Thread pacer;
    private final Selector readable = selector();
    private final Selector writable = selector();
    private final ByteBuffer in = buffer();
    private final ByteBuffer out = buffer();
    private volatile @Nullable SocketChannel channel;
    private volatile boolean isStopped;
    private volatile String lastFailure = "";

    /** Who reads; null while nobody does. */
    private final AtomicReference<@Nullable Thread> role = new AtomicReference<>();
    /** Changes whenever somebody has had the role, or an inline handler has returned. */
    private volatile int beat;

    private volatile boolean isEnded;
    private volatile boolean isCallerReading;
    private volatile boolean isHandlerReading;
    private final AtomicInteger callers = new AtomicInteger();
    private boolean wasOpen;
    private int streak;
    private long streakNs;
    private long leftNs = System.nanoTime() - MEMORY_NS;

    /** How often a write was asked for and not done; who raises it from 0 writes. */
    private final AtomicInteger wanted = new AtomicInteger();

    private @Nullable SocketChannel outFor;
    private boolean hasLeftover;
    private volatile boolean isStuck;
    private volatile boolean isPacerSlow;
    private long lastTickNs = System.nanoTime();
    private long resumedNs = lastTickNs;

    private static void ignore(SelectionKey ready) {}

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Selector selector() {
        try {
            return Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot watch sockets", e);
        }
    }

    Link(Engine engine) {
        this.engine = engine;
        this.reader = new Thread(this::readLoop, "relay-" + engine.config.name() + "-reader");
        this.pacer = new Thread(this::paceLoop, "relay-" + engine.config.name() + "-pacer");
        reader.setDaemon(true);
        pacer.setDaemon(true);
        role.set(reader);
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
        LockSupport.unpark(pacer);
        join(pacer);
        close(channel);
        readable.wakeup();
        LockSupport.unpark(reader);
        join(reader);
        closeSelectors();
    }

    private void closeSelectors() {
        try {
            readable.close();
            writable.close();
        } catch (IOException e) {
            lastFailure = String.valueOf(e.getMessage());
        }
    }

    private static void join(Thread thread) {
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
            try (SocketChannel fresh = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                fresh.connect(UnixDomainSocketAddress.of(engine.config.socket()));
                serve(fresh);
            } catch (IOException e) {
                lastFailure = String.valueOf(e.getMessage());
            } finally {
                disconnected();
            }
            delayMs = wasOpen ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, delayMs * 2);
            if (!isStopped && state() != State.CLOSED) {
                LockSupport.parkNanos(this, ThreadLocalRandom.current().nextLong(1 + delayMs * 1_000_000));
            }
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
            } else {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(SLOW_TICK_MS));
            }
        }
        while (role.get() != reader && !role.compareAndSet(null, reader)) {
            readable.wakeup();
            LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(TICK_US));
        }
    }

    /** Until the connection ends or others may read for themselves. */
    private void readWhileUseful() {
        streak = System.nanoTime() - leftNs < MEMORY_NS ? STREAK - 1 : 0;
        streakNs = System.nanoTime();
        while (readOnce(SLOW_TICK_MS)) {
            flush();
            if (streak >= STREAK) {
                leftNs = System.nanoTime();
                leaveRole();
                return;
            }
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
        } else if (isPacerSlow) {
            LockSupport.unpark(pacer);
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
            if (leftMs <= 0 || Thread.currentThread().isInterrupted() || !readOnce(Math.min(leftMs, SLOW_TICK_MS))) {
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
        if (!engine.hasFastHandlers() || !takeRole()) {
            return false;
        }
        isHandlerReading = true;
        try {
            return readOnce(SLOW_TICK_MS);
        } finally {
            isHandlerReading = false;
            leaveRole();
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
            lastFailure = String.valueOf(e.getMessage());
        }
        isEnded = true;
        return false;
    }

    private boolean takeBatch() {
        int end = in.position();
        int at = 0;
        boolean goesOn = true;
        boolean hasReady;
        engine.lock.lock();
        try {
            int len;
            while (goesOn && (len = FrameCursor.next(in, at, end, Limits.MAX_FRAME_BYTES)) > 0) {
                goesOn = engine.session.onFrame(in, at);
                at += len;
            }
            goesOn &= FrameCursor.next(in, at, end, Limits.MAX_FRAME_BYTES) == FrameCursor.INCOMPLETE;
            wasOpen |= engine.session.state() == State.OPEN;
            hasReady = engine.session.hasReady();
            engine.batchDone();
        } finally {
            engine.lock.unlock();
        }
        in.limit(end).position(at);
        in.compact();
        boolean isForCaller = engine.outcomes.deliver() > 0 && callers.get() > 0 && !hasReady;
        note(isForCaller || (hasReady && engine.hasFastHandlers()));
        return goesOn;
    }

    private void note(boolean isForOthers) {
        long now = System.nanoTime();
        streak = isForOthers && now - streakNs < STREAK_NS ? streak + 1 : 0;
        streakNs = now;
    }

    // ---- writing

    /** Writes what waits, or has it written by the thread that is writing now. */
    void flush() {
        if (wanted.getAndIncrement() == 0) {
            write();
        }
    }

    /** Leaves what waits to the pacer's next tick, or to whoever writes before. */
    void flushSoon() {
        if (isPacerSlow) {
            LockSupport.unpark(pacer);
        }
    }

    /** By the one who raised {@link #wanted} from 0; the pacer goes on where the socket was full. */
    private void write() {
        int seen;
        do {
            seen = wanted.get();
            if (!writeAll()) {
                isStuck = true;
                LockSupport.unpark(pacer);
                return;
            }
        } while (!wanted.compareAndSet(seen, 0));
    }

    /** False when the socket is full; the rest stays in the buffer. */
    private boolean writeAll() {
        while (true) {
            SocketChannel to = channel;
            if (!hasLeftover || outFor != to) {
                hasLeftover = false;
                out.clear();
                to = pump();
                if (to == null || out.position() == 0) {
                    return true;
                }
                out.flip();
                outFor = to;
            }
            write(to);
            hasLeftover = out.hasRemaining();
            if (hasLeftover) {
                return false;
            }
        }
    }

    private void write(@Nullable SocketChannel to) {
        try {
            if (to != null) {
                to.write(out);
            }
        } catch (IOException e) {
            lastFailure = String.valueOf(e.getMessage());
            out.position(out.limit());
            close(to);
        }
    }

    /** Fills the buffer from the session; null when there is no connection. */
    private @Nullable SocketChannel pump() {
        engine.lock.lock();
        try {
            SocketChannel to = channel;
            if (to != null) {
                boolean hadAcks = engine.session.hasAcks();
                engine.session.pump(sink);
                if (hadAcks) {
                    engine.batchDone();
                }
            }
            return to;
        } finally {
            engine.lock.unlock();
        }
    }

    private final FrameSink sink = new FrameSink() {
        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            return out.remaining() >= bytes ? out : null;
        }

        @Override
        public void commit() {}
    };

    private void close(@Nullable SocketChannel open) {
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException e) {
            lastFailure = String.valueOf(e.getMessage());
        }
        readable.wakeup();
    }

    // ---- the pacer

    private void paceLoop() {
        int lastBeat = beat;
        int quietTicks = 0;
        while (!isStopped) {
            tick();
            boolean isQuiet = beat == lastBeat;
            lastBeat = beat;
            quietTicks = isQuiet ? quietTicks + 1 : 0;
            if (isQuiet && role.get() == null) {
                if (quietTicks > TICKS_TO_SLOW || hasBytes()) {
                    quietTicks = 0;
                    LockSupport.unpark(reader);
                }
                engine.wakeHandler();
            }
            rest(quietTicks < TICKS_TO_SLOW || role.get() == null);
        }
        finish();
    }

    /** Something has come and nobody has the role. */
    private boolean hasBytes() {
        try {
            return readable.selectNow(Link::ignore) > 0;
        } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
            return true;
        }
    }

    private void tick() {
        if (isStuck) {
            awaitRoom();
        } else {
            flush();
        }
        checkSilence();
    }

    private void rest(boolean isBusy) {
        if (isStuck) {
            return;
        }
        if (isBusy) {
            LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(TICK_US));
            return;
        }
        isPacerSlow = true;
        if (role.get() != null && !isStopped && !isStuck && !engine.hasUnwritten()) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(SLOW_TICK_MS));
        }
        isPacerSlow = false;
    }

    /** The socket was full: waits for room and goes on. */
    private void awaitRoom() {
        SocketChannel to = outFor;
        try {
            if (to != null && to == channel) {
                to.register(writable, SelectionKey.OP_WRITE);
                writable.select(Link::ignore, SLOW_TICK_MS);
            }
        } catch (IOException | CancelledKeyException e) {
            lastFailure = String.valueOf(e.getMessage());
        }
        isStuck = false;
        write();
    }

    /** The last bytes of a closed session, as far as the daemon takes them in time. */
    private void finish() {
        long endNs = System.nanoTime() + LAST_BYTES_NS;
        flush();
        while (wanted.get() > 0 && System.nanoTime() - endNs < 0) {
            if (isStuck) {
                awaitRoom();
            } else {
                LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(TICK_US));
            }
        }
    }

    /** After a pause of this process what the daemon has sent may wait to be read: the silence was ours. */
    private void checkSilence() {
        long nowNs = System.nanoTime();
        if (nowNs - lastTickNs > STOPPED_NS) {
            resumedNs = nowNs;
        }
        lastTickNs = nowNs;
        SocketChannel open = channel;
        if (open != null && nowNs - resumedNs > DEAD_AFTER_NS && engine.silenceNs() > DEAD_AFTER_NS) {
            lastFailure = "the daemon is silent";
            close(open);
        }
    }
}
