package dev.relay.sidecar.order;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries committed order events to one sink, in order, each at least once, on a thread of its own.
 *
 * <p>The queue is only the fast way: the journal is the record. An event that is not the next number, and a committed
 * number that never came by the queue, make the feed read the journal from the last delivered one. So the queue is
 * bounded ({@value #CAPACITY}) and an offer to a full one is dropped, counted, and loses nothing. When the sink
 * fails, the feed connects again with growing delays (100 ms to 2 s) and goes on where the sink says it stands.
 */
public final class EventFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
    private static final int CAPACITY = 4_096;
    private static final int PAGE = 500;
    private static final long IDLE_MS = 50;
    private static final long RETRY_MIN_MS = 100;
    private static final long RETRY_MAX_MS = 2_000;
    private static final long CLOSE_MS = 5_000;

    private final String name;
    private final EventSink sink;
    private final Supplier<EventSource> sources;
    private final LongSupplier lastCommitted;
    private final BlockingQueue<OrderEvent> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final LongAdder delivered = new LongAdder();
    private final LongAdder overflowed = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Thread thread;
    private volatile boolean isUp;
    private volatile long deliveredEventNo;
    private volatile @Nullable String lastError;

    public EventFeed(String name, EventSink sink, Supplier<EventSource> sources, LongSupplier lastCommitted) {
        this.name = name;
        this.sink = sink;
        this.sources = sources;
        this.lastCommitted = lastCommitted;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** From the journal's thread, after the commit; never blocks. */
    public void offer(OrderEvent event) {
        if (!queue.offer(event)) {
            overflowed.increment();
        }
    }

    private void run() {
        long retryMs = RETRY_MIN_MS;
        try {
            do {
                long before = delivered.sum();
                serve();
                retryMs = delivered.sum() > before ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, retryMs * 2);
            } while (!closing.await(retryMs, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            isUp = false;
            sink.close();
        }
    }

    /** Until the sink or the journal fails. */
    private void serve() throws InterruptedException {
        try (EventSource source = sources.get()) {
            deliveredEventNo = sink.connect();
            isUp = true;
            lastError = null;
            pump(source);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            onFailure(e);
        }
    }

    private void onFailure(Exception e) {
        isUp = false;
        failures.increment();
        String text = String.valueOf(e);
        if (!text.equals(lastError)) {
            LOG.warn("order event sink failed feed={} error={}", name, text);
        }
        lastError = text;
    }

    private void pump(EventSource source) throws Exception {
        catchUp(source);
        while (closing.getCount() > 0 || deliveredEventNo < lastCommitted.getAsLong()) {
            OrderEvent event = queue.poll(IDLE_MS, TimeUnit.MILLISECONDS);
            if (event == null) {
                catchUp(source);
                sink.idle();
            } else if (event.eventNo() == deliveredEventNo + 1) {
                deliver(event);
            } else if (event.eventNo() > deliveredEventNo) {
                catchUp(source);
            }
        }
    }

    private void catchUp(EventSource source) throws Exception {
        while (deliveredEventNo < lastCommitted.getAsLong()) {
            List<OrderEvent> page = source.eventsAfter(deliveredEventNo, PAGE);
            if (page.isEmpty()) {
                return;
            }
            for (OrderEvent event : page) {
                deliver(event);
            }
        }
    }

    private void deliver(OrderEvent event) throws Exception {
        sink.accept(event);
        deliveredEventNo = event.eventNo();
        delivered.increment();
    }

    /** The sink took the last thing it was given. */
    public boolean isUp() {
        return isUp;
    }

    public long deliveredEventNo() {
        return deliveredEventNo;
    }

    public long deliveredCount() {
        return delivered.sum();
    }

    public long overflowedCount() {
        return overflowed.sum();
    }

    public long failureCount() {
        return failures.sum();
    }

    /** Delivers what is committed if the sink is up, then ends the thread. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_MS);
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(CLOSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
