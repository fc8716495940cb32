package dev.relay.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A future that knows the thread which waits for it, so that whoever completes it wakes that one and can tell it from user code that hangs
 * on it. One thread waits this way; more than one wait as for any future.
 */
class Awaited<T> extends CompletableFuture<T> {
    private volatile @Nullable Thread waiter;

    @Override
    public boolean complete(T value) {
        boolean isFirst = super.complete(value);
        wake();
        return isFirst;
    }

    @Override
    public boolean completeExceptionally(Throwable cause) {
        boolean isFirst = super.completeExceptionally(cause);
        wake();
        return isFirst;
    }

    private void wake() {
        Thread waiting = waiter;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** As {@link #get(long, java.util.concurrent.TimeUnit)}, in nanoseconds of the monotonic clock. */
    T awaitUntil(long deadlineNs) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone() && waiter == null) {
            waiter = Thread.currentThread();
            try {
                long leftNs;
                while (!isDone()
                        && !Thread.currentThread().isInterrupted()
                        && (leftNs = deadlineNs - System.nanoTime()) > 0) {
                    LockSupport.parkNanos(this, leftNs);
                }
            } finally {
                waiter = null;
            }
        }
        return get(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
}
