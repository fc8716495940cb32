package dev.relay.cli.top;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets a process run for 50 ms a second only, by stopping and continuing it, until closed. One thread of its own. */
final class Starving implements AutoCloseable {
    private static final long STOPPED_MS = 950;
    private static final long RUNNING_MS = 50;

    private final long pid;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;
    private final AtomicInteger turns = new AtomicInteger();

    Starving(long pid) {
        this.pid = pid;
        thread = new Thread(this::run, "starving");
        thread.start();
    }

    int turns() {
        return turns.get();
    }

    private void run() {
        try {
            do {
                signal("-STOP");
                turns.incrementAndGet();
                boolean unused = over.await(STOPPED_MS, TimeUnit.MILLISECONDS);
                signal("-CONT");
            } while (!over.await(RUNNING_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor();
    }

    @Override
    public void close() {
        over.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
