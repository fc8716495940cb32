package dev.relay.sidecar.order;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread "orders" and its three inboxes: the kill switch and its commit first, then express (venue messages, commits,
 * cancels), then requests to place. Every few milliseconds it runs the tick.
 *
 * <p>Bounded: places by {@link PlaceAdmission} at the border, commits by the journal's queue, venue messages by what the
 * venue may answer. A task that throws stops the loop and tells {@code onCrash}: a half-applied change must not be built
 * upon, and a restart from the journal is a tested path.
 */
public final class OrderLoop implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OrderLoop.class);
    private static final long CLOSE_MS = 5_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private final ArrayDeque<Runnable> urgent = new ArrayDeque<>();
    private final ArrayDeque<Runnable> express = new ArrayDeque<>();
    private final ArrayDeque<Runnable> normal = new ArrayDeque<>();
    private final long tickNs;
    private final Runnable onTick;
    private final Runnable onCrash;
    private final Thread thread;
    private boolean isClosed;
    private volatile boolean isCrashed;
    private volatile int expressHighest;

    public OrderLoop(long tickMs, Runnable onTick, Runnable onCrash) {
        this.tickNs = TimeUnit.MILLISECONDS.toNanos(tickMs);
        this.onTick = onTick;
        this.onCrash = onCrash;
        this.thread = new Thread(this::run, "orders");
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Express. After the end a task is dropped: whoever waits is told by the closing side. */
    @Override
    public void execute(Runnable task) {
        add(express, task);
    }

    /** As {@link #execute}. False: the loop has ended. */
    public boolean executeExpress(Runnable task) {
        return add(express, task);
    }

    /** Before everything else. False: the loop has ended. */
    public boolean executeUrgent(Runnable task) {
        return add(urgent, task);
    }

    /** Behind everything express. False: the loop has ended. */
    public boolean executeNormal(Runnable task) {
        return add(normal, task);
    }

    private boolean add(ArrayDeque<Runnable> inbox, Runnable task) {
        lock.lock();
        try {
            if (isClosed) {
                return false;
            }
            inbox.add(task);
            expressHighest = Math.max(expressHighest, express.size());
            hasWork.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            long nextTickNs = System.nanoTime();
            while (true) {
                Runnable task = take(nextTickNs - System.nanoTime());
                if (task != null) {
                    task.run();
                }
                if (System.nanoTime() - nextTickNs >= 0) {
                    onTick.run();
                    nextTickNs = System.nanoTime() + tickNs;
                }
                if (task == null && isClosed()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("the order loop stops: unexpected error", e);
            isCrashed = true;
            end();
            onCrash.run();
        }
    }

    private @Nullable Runnable take(long waitNs) throws InterruptedException {
        lock.lock();
        try {
            long remainingNs = waitNs;
            while (urgent.isEmpty() && express.isEmpty() && normal.isEmpty() && !isClosed && remainingNs > 0) {
                remainingNs = hasWork.awaitNanos(remainingNs);
            }
            Runnable first = urgent.poll();
            Runnable task = first == null ? express.poll() : first;
            return task == null ? normal.poll() : task;
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            isClosed = true;
            hasWork.signal();
        } finally {
            lock.unlock();
        }
    }

    public boolean isCrashed() {
        return isCrashed;
    }

    /** The longest the express inbox ever was. */
    public int expressHighest() {
        return expressHighest;
    }

    /** Runs what waits, then ends the thread. */
    @Override
    public void close() {
        end();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
