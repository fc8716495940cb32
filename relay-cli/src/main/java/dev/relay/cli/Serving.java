package dev.relay.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps a long-running command alive until SIGTERM or SIGINT, then closes what it serves, within a bound. */
final class Serving {
    private static final long CLOSE_SECONDS = 10;

    /** Returns when a signal has come and {@code server} is closed. The signal's thread waits, so that the process does not end in the middle. */
    static void untilSignal(AutoCloseable server) throws Exception {
        CountDownLatch signalled = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(() -> waitFor(signalled, closed), "signal");
        Runtime.getRuntime().addShutdownHook(hook);
        ServiceManager.ready();
        signalled.await();
        ServiceManager.stopping();
        try {
            server.close();
        } finally {
            closed.countDown();
        }
    }

    private static void waitFor(CountDownLatch signalled, CountDownLatch closed) {
        signalled.countDown();
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
