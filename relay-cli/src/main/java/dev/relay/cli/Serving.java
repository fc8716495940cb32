package dev.relay.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps a long-running command alive until SIGTERM or SIGINT, then closes what it serves, within a bound. */
final class Serving {
    private static final long CLOSE_SECONDS = 10;

    /** Returns when a signal has come and {@code server} is closed. The signal's thread waits, so that the process does not end in the middle. */
    static void untilSignal(AutoCloseable server) throws Exception {
        untilSignalOr(new CompletableFuture<>(), server);
    }

    /** As {@link #untilSignal}, but also returns once {@code broken} says why the server cannot go on; else null. */
    static @Nullable String untilSignalOr(CompletableFuture<String> broken, AutoCloseable server) throws Exception {
        CountDownLatch ending = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(() -> waitFor(ending, closed), "signal");
        Runtime.getRuntime().addShutdownHook(hook);
        var unused = broken.thenRun(ending::countDown);
        ServiceManager.ready();
        ending.await();
        ServiceManager.stopping();
        try {
            server.close();
        } finally {
            closed.countDown();
        }
        return broken.isDone() ? broken.join() : null;
    }

    private static void waitFor(CountDownLatch ending, CountDownLatch closed) {
        ending.countDown();
        try {
            if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("relay: not closed within " + CLOSE_SECONDS + " s, ending now");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Serving() {}
}
