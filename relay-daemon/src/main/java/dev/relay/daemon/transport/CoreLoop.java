package dev.relay.daemon.transport;

import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.protocol.Clock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The core thread: one event loop on which everything of the bus runs. It turns reads, timers and posted tasks into calls of the
 * {@link Bus} and ends each turn of the loop once: receipts are gathered over all connections that had something to read, then every
 * connection that was written to is flushed with one write. An exception that escapes the bus means that its state can no longer be
 * trusted: it goes to {@code onEscape}, which stops the process, and nothing runs afterwards.
 */
final class CoreLoop implements CoreQueue {
    private static final Logger LOG = LoggerFactory.getLogger(CoreLoop.class);
    private static final long DRAIN_POLL_MS = 2;

    private final EventLoop loop;
    private final Clock clock;
    private final Consumer<Throwable> onEscape;
    private final List<BusConnection> written = new ArrayList<>();
    private final Runnable endOfTurn = this::endOfTurn;
    private final Runnable timer = this::onTimer;
    private @Nullable Bus bus;
    private @Nullable Future<?> armed;
    private long armedForNs;
    private boolean turnEnds;
    private volatile boolean stopped;

    CoreLoop(EventLoop loop, Clock clock, Consumer<Throwable> onEscape) {
        this.loop = loop;
        this.clock = clock;
        this.onEscape = onEscape;
    }

    /** Before the first connection; the bus is built with this loop as its queue. */
    void serve(Bus served) {
        post(() -> bus = served);
    }

    Bus bus() {
        if (bus == null) {
            throw new IllegalStateException("the core has no bus yet");
        }
        return bus;
    }

    /**
     * Runs a task on the core thread, in the order of the calls; whoever posts bounds how many are under way. Once the loop has ended there
     * is nobody to run for.
     */
    @Override
    public void post(Runnable task) {
        try {
            loop.execute(() -> {
                run(task);
                touch();
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("core_task_after_end task={}", task, e);
        }
    }

    /** Asks the bus every {@value #DRAIN_POLL_MS} ms until it has stored what it accepted; completes on the core thread. */
    CompletableFuture<Boolean> drain() {
        CompletableFuture<Boolean> drained = new CompletableFuture<>();
        post(() -> pollDrain(drained));
        return drained;
    }

    private void pollDrain(CompletableFuture<Boolean> drained) {
        if (bus == null || bus.shutdown()) {
            drained.complete(true);
        } else if (!drained.isDone()) {
            Future<?> unused =
                    loop.schedule(() -> post(() -> pollDrain(drained)), DRAIN_POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Runs a piece of the core, on the core thread. */
    void run(Runnable task) {
        if (stopped) {
            return;
        }
        try {
            task.run();
        } catch (Throwable e) {
            escaped(e);
        }
    }

    /** The bus threw: nothing runs any more. */
    void escaped(Throwable e) {
        if (!stopped) {
            stopped = true;
            onEscape.accept(e);
        }
    }

    /** The process is about to stop: no receipt leaves any more. Core thread. */
    void halt() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Something happened: the turn is ended once, behind all reads of this turn. */
    void touch() {
        if (!turnEnds) {
            turnEnds = true;
            loop.execute(endOfTurn);
        }
    }

    /** The connection has bytes to flush at the end of this turn. */
    void wrote(BusConnection connection) {
        written.add(connection);
        touch();
    }

    private void endOfTurn() {
        turnEnds = false;
        run(this::finishTurn);
    }

    private void finishTurn() {
        if (bus == null) {
            return;
        }
        bus.endOfBatch();
        for (int i = 0; i < written.size(); i++) {
            written.get(i).flush();
        }
        written.clear();
        arm(bus.nextDeadlineNs());
    }

    private void arm(long deadlineNs) {
        if (deadlineNs == Long.MAX_VALUE || (armed != null && armedForNs - deadlineNs <= 0)) {
            return;
        }
        if (armed != null) {
            armed.cancel(false);
        }
        armedForNs = deadlineNs;
        armed = loop.schedule(timer, Math.max(0, deadlineNs - clock.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void onTimer() {
        armed = null;
        run(() -> bus().onTimer());
        touch();
    }
}
