package dev.relay.client;

import dev.relay.client.internal.LatestBuffer;
import dev.relay.protocol.TopicPattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Conflated topics: the latest value per key, for readers that may be slow, never behind messages. Safe for any thread. One thread of its
 * own writes: values that are put while a batch is under way replace each other by key. Another calls the readers: while they work, newer
 * values replace each other in the daemon, and the next batch has the latest of each key.
 */
public final class Latest {
    /** The writer pauses so long between batches, so that a fast publisher costs the daemon little. */
    private static final long PACE_NS = 1_000_000;

    private static final long RETRY_NS = 50_000_000;

    private record Reader(String pattern, Consumer<LatestValue> listener) {}

    private final Relay relay;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition written = lock.newCondition();
    private final LatestBuffer buffer = new LatestBuffer();
    private final Map<String, RelayRefused> refusals = new ConcurrentHashMap<>();
    private final List<Reader> readers = new CopyOnWriteArrayList<>();
    private @Nullable Thread writer;
    private @Nullable ExecutorService callbacks;
    private boolean isWriting;
    private boolean isClosed;
    private volatile String lastFailure = "";

    Latest(Relay relay) {
        this.relay = relay;
    }

    // ---- writing

    /** Puts a value, what JSON has, and returns at once. When the daemon refuses a topic, the next put on it throws why. */
    public void put(String topic, String key, @Nullable Object value) {
        RelayRefused refusal = refusals.isEmpty() ? null : refusals.remove(topic);
        if (refusal != null) {
            throw refusal;
        }
        lock.lock();
        try {
            if (isClosed) {
                throw new RelayClosed("the client is closed");
            }
            boolean wasEmpty = buffer.isEmpty();
            if (!buffer.put(topic, key, value)) {
                throw new RelayRefused("OUTBOX_FULL", "too many keys wait: topic=" + topic, 0);
            }
            if (writer == null) {
                writer = new Thread(this::write, "relay-" + relay.name() + "-latest");
                writer.setDaemon(true);
                writer.start();
            }
            if (wasEmpty) {
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything that was put is with the daemon; false when that took longer. */
    public boolean flush(Duration timeout) {
        lock.lock();
        try {
            long leftNs = timeout.toNanos();
            while ((!buffer.isEmpty() || isWriting) && !isClosed && leftNs > 0) {
                leftNs = written.awaitNanos(leftNs);
            }
            return buffer.isEmpty() && !isWriting;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void write() {
        try {
            for (LatestBuffer.Batch batch = next(); batch != null; batch = next()) {
                boolean isThere = write(batch);
                lock.lock();
                try {
                    isWriting = false;
                    written.signalAll();
                    pause(isThere ? PACE_NS : RETRY_NS);
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pause(long ns) throws InterruptedException {
        long leftNs = ns;
        while (leftNs > 0 && !isClosed) {
            leftNs = filled.awaitNanos(leftNs);
        }
    }

    private LatestBuffer.@Nullable Batch next() throws InterruptedException {
        lock.lock();
        try {
            while (buffer.isEmpty() && !isClosed) {
                filled.await();
            }
            isWriting = !isClosed;
            return isClosed ? null : buffer.take();
        } finally {
            lock.unlock();
        }
    }

    /** False when it did not get there: its values wait again unless there are newer ones. */
    private boolean write(LatestBuffer.Batch batch) {
        try {
            relay.control("latest.put", Map.of("topic", batch.topic(), "values", batch.values()));
            return true;
        } catch (RelayRefused e) {
            refusals.put(batch.topic(), e);
            return true;
        } catch (RelayException e) {
            lock.lock();
            try {
                buffer.giveBack(batch);
            } finally {
                lock.unlock();
            }
            return false;
        }
    }

    // ---- reading

    /** The values of a topic as the daemon has them now, by key. */
    public Map<String, LatestValue> get(String topic) {
        Map<String, LatestValue> values = new LinkedHashMap<>();
        Object from = 0L;
        while (true) {
            Map<String, @Nullable Object> page = relay.control("latest.get", Map.of("topic", topic, "from", from));
            values(topic, page.get("values")).forEach(value -> values.put(value.key(), value));
            Object next = page.get("next");
            if (!Boolean.TRUE.equals(page.get("more")) || next == null) {
                return values;
            }
            from = next;
        }
    }

    private static List<LatestValue> values(String topic, @Nullable Object json) {
        List<LatestValue> values = new ArrayList<>();
        if (json instanceof Map<?, ?> map) {
            map.forEach((key, pair) -> {
                if (pair instanceof List<?> list && list.size() == 2 && list.get(1) instanceof Long ageMs) {
                    values.add(new LatestValue(topic, String.valueOf(key), list.get(0), ageMs));
                }
            });
        }
        return values;
    }

    /** Calls the listener with the latest values of matching topics: first with those that are there, then as they change and the listener returns. */
    public void watch(String pattern, Consumer<LatestValue> listener) {
        Reader reader = new Reader(pattern, listener);
        lock.lock();
        try {
            if (callbacks == null) {
                callbacks = Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "relay-" + relay.name() + "-latest-reader");
                    thread.setDaemon(true);
                    return thread;
                });
                relay.follow("latest", this::onEvent, this::onConnected);
            }
            readers.add(reader);
        } finally {
            lock.unlock();
        }
        try {
            relay.control("latest.watch", Map.of("topic", pattern));
        } catch (RelayRefused e) {
            readers.remove(reader);
            throw e;
        }
    }

    /** Ends every watch of this pattern. */
    public void unwatch(String pattern) {
        readers.removeIf(reader -> reader.pattern.equals(pattern));
        relay.control("latest.unwatch", Map.of("topic", pattern));
    }

    /** At most one batch is under way, so that at most one task waits. */
    private void onEvent(Map<String, @Nullable Object> event) {
        run(() -> {
            String topic = String.valueOf(event.get("topic"));
            try {
                for (LatestValue value : values(topic, event.get("values"))) {
                    tell(value);
                }
            } finally {
                ask(event.get("batch"));
            }
        });
    }

    private void tell(LatestValue value) {
        for (Reader reader : readers) {
            if (TopicPattern.matches(reader.pattern, value.topic())) {
                reader.listener.accept(value);
            }
        }
    }

    private void ask(@Nullable Object batch) {
        try {
            relay.control("latest.more", Map.of("batch", batch == null ? 0L : batch));
        } catch (RelayException e) {
            lastFailure =
                    String.valueOf(e.getMessage()); // the batch ended with its connection; the next one watches anew
        }
    }

    /** Why the last question for values had no answer, "" when all had. */
    public String lastFailure() {
        return lastFailure;
    }

    private void onConnected() {
        run(() -> {
            Set<String> patterns = new LinkedHashSet<>();
            readers.forEach(reader -> patterns.add(reader.pattern));
            try {
                for (String pattern : patterns) {
                    relay.control("latest.watch", Map.of("topic", pattern));
                }
                lastFailure = "";
            } catch (RelayException e) {
                lastFailure = String.valueOf(e.getMessage());
            }
        });
    }

    private void run(Runnable task) {
        lock.lock();
        try {
            if (callbacks != null && !isClosed) {
                callbacks.execute(task);
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            isClosed = true;
            filled.signalAll();
            written.signalAll();
            if (callbacks != null) {
                callbacks.shutdown();
            }
        } finally {
            lock.unlock();
        }
    }
}
