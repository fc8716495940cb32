package dev.relay.cli.top;

import dev.relay.cli.ProcessFloor;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a process run for 50 ms a second only, by stopping and continuing it, until closed. One thread of its own. */
final class Starving implements AutoCloseable {
    private static final long STOPPED_MS = 950;
    private static final long RUNNING_MS = 50;

    private final ProcessFloor floor;
    private final String name;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;

    Starving(ProcessFloor floor, String name) {
        this.floor = floor;
        this.name = name;
        thread = new Thread(this::run, "starving");
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            boolean isOver;
            do {
                floor.signal("STOP", name);
                isOver = over.await(STOPPED_MS, TimeUnit.MILLISECONDS);
                floor.signal("CONT", name);
            } while (!isOver && !over.await(RUNNING_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
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
