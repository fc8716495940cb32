package dev.relay.client;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The clock of a {@link Link}: writes what no other thread has written, finds that nobody has read since its last look and gives the
 * reader's role back, closes a connection on which the daemon is silent. Looks every {@value #TICK_US} µs while messages flow, every
 * {@value #SLOW_TICK_MS} ms when nothing happens. One thread; the methods that wake it may be called by any.
 */
final class LinkPacer {
    static final long SLOW_TICK_MS = 50;
    static final long TICK_US = 500;

    private static final int TICKS_TO_SLOW = 8;
    private static final long DEAD_AFTER_NS = 6_000_000_000L;
    private static final long STOPPED_NS = 1_000_000_000L;
    private static final long LAST_BYTES_NS = 1_000_000_000L;

    private final Engine engine;
    private final Link link;
    private final LinkWriter writer;
    private final Thread thread;
    private volatile boolean isStopped;
    private volatile boolean isSlow;
    private long lastTickNs = System.nanoTime();
    private long resumedNs = lastTickNs;

    LinkPacer(Engine engine, Link link, LinkWriter writer) {
        this.engine = engine;
        this.link = link;
        this.writer = writer;
        this.thread = new Thread(this::run, "relay-" + engine.config.name() + "-pacer");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Returns when what the closed session has left is written, as far as the daemon takes it in time. */
    void stop() {
        isStopped = true;
        wake();
        Link.join(thread);
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    /** While it looks often it need not be woken. */
    void wakeIfSlow() {
        if (isSlow) {
            wake();
        }
    }

    private void run() {
        int lastBeat = link.beats();
        int quietTicks = 0;
        while (!isStopped) {
            tick();
            int beat = link.beats();
            boolean isQuiet = beat == lastBeat;
            lastBeat = beat;
            quietTicks = isQuiet ? quietTicks + 1 : 0;
            if (isQuiet && link.isRoleFree()) {
                if (quietTicks > TICKS_TO_SLOW || link.hasBytes()) {
                    quietTicks = 0;
                    link.wakeReader();
                }
                engine.deliveries.wake();
            }
            rest(quietTicks < TICKS_TO_SLOW || link.isRoleFree());
        }
        finish();
    }

    private void tick() {
        if (writer.isStuck()) {
            writer.awaitRoom(SLOW_TICK_MS);
        } else {
            writer.flush();
        }
        checkSilence();
    }

    private void rest(boolean isBusy) {
        if (writer.isStuck()) {
            return;
        }
        if (isBusy) {
            LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(TICK_US));
            return;
        }
        isSlow = true;
        if (!link.isRoleFree() && !isStopped && !writer.isStuck() && !engine.hasUnwritten()) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(SLOW_TICK_MS));
        }
        isSlow = false;
    }

    private void finish() {
        long endNs = System.nanoTime() + LAST_BYTES_NS;
        writer.flush();
        while (writer.hasUnwritten() && System.nanoTime() - endNs < 0) {
            if (writer.isStuck()) {
                writer.awaitRoom(SLOW_TICK_MS);
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
        if (nowNs - resumedNs > DEAD_AFTER_NS && engine.silenceNs() > DEAD_AFTER_NS) {
            link.closeSilent();
        }
    }
}
