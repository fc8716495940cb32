package dev.relay.client;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon tells without being asked, on its way to the application's listeners, which are called one after the other on the
 * client's callback thread. At most {@value #MAX_WAITING} calls wait; of more the oldest are lost and counted, and when half of them are
 * done, listeners of {@value #RESYNC} hear of which name ({@code of}) and how many ({@code lost}): time to ask again for what the events
 * told, as after {@code connected}. What a listener throws is counted and goes to the thread's handler of uncaught exceptions; the next
 * call is made all the same. Told by the session under the engine's lock, run by one thread at a time.
 */
final class Events {
    static final String RESYNC = "resync";
    static final int MAX_WAITING = 4_096;

    private record Call<T>(String name, Consumer<T> listener, T event) {
        void run() {
            listener.accept(event);
        }
    }

    private final Map<String, List<Consumer<Map<String, @Nullable Object>>>> listeners = new ConcurrentHashMap<>();
    private final List<Consumer<Pressure>> pressureListeners = new CopyOnWriteArrayList<>();
    private final Consumer<Runnable> callbacks;
    final LongAdder lostCount = new LongAdder();
    final LongAdder failedCount = new LongAdder();

    /** Guards the fields below. */
    private final Object waitingLock = new Object();

    private final ArrayDeque<Call<?>> waiting = new ArrayDeque<>();
    private final Map<String, Long> untold = new LinkedHashMap<>();
    private boolean isRunning;

    /** {@code callbacks} runs a task later, on the thread of user code. */
    Events(Consumer<Runnable> callbacks) {
        this.callbacks = callbacks;
    }

    void listen(String name, Consumer<Map<String, @Nullable Object>> listener) {
        listeners.computeIfAbsent(name, n -> new CopyOnWriteArrayList<>()).add(listener);
    }

    /** For a feature: asks again when events of this name were lost. */
    void listenForLoss(String name, Runnable askAgain) {
        listen(RESYNC, event -> {
            if (name.equals(event.get("of"))) {
                askAgain.run();
            }
        });
    }

    void listenForPressure(Consumer<Pressure> listener) {
        pressureListeners.add(listener);
    }

    void tell(String name, Map<String, @Nullable Object> event) {
        for (Consumer<Map<String, @Nullable Object>> listener : listeners.getOrDefault(name, List.of())) {
            add(new Call<>(name, listener, event));
        }
    }

    void tell(Pressure event) {
        for (Consumer<Pressure> listener : pressureListeners) {
            add(new Call<>("pressure", listener, event));
        }
    }

    private void add(Call<?> call) {
        synchronized (waitingLock) {
            if (waiting.size() >= MAX_WAITING) {
                untold.merge(waiting.removeFirst().name(), 1L, Long::sum);
                lostCount.increment();
            }
            waiting.addLast(call);
            if (isRunning) {
                return;
            }
            isRunning = true;
        }
        callbacks.accept(this::run);
    }

    private void run() {
        Call<?> call;
        while ((call = next()) != null) {
            run(call);
            tellLosses();
        }
    }

    private @Nullable Call<?> next() {
        synchronized (waitingLock) {
            Call<?> call = waiting.pollFirst();
            isRunning = call != null;
            return call;
        }
    }

    private void run(Call<?> call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            failedCount.increment();
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    private void tellLosses() {
        Map<String, Long> lost;
        synchronized (waitingLock) {
            if (untold.isEmpty() || waiting.size() > MAX_WAITING / 2) {
                return;
            }
            lost = new LinkedHashMap<>(untold);
            untold.clear();
        }
        lost.forEach(this::tellLoss);
    }

    /** At once, so that it cannot be lost itself. */
    private void tellLoss(String name, long count) {
        Map<String, @Nullable Object> event = Map.of("event", RESYNC, "of", name, "lost", count);
        for (Consumer<Map<String, @Nullable Object>> listener : listeners.getOrDefault(RESYNC, List.of())) {
            run(new Call<>(RESYNC, listener, event));
        }
    }
}
