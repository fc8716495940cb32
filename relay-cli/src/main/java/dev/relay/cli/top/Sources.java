package dev.relay.cli.top;

import dev.relay.cli.CliException;
import dev.relay.cli.Rows;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.StateReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Looks again and again at the bus (thread "top-bus"), at the order side (thread "top-orders") and at Redis (thread
 * "top-books"), each at its own pace, so that one that hangs does not hide the others. The order side tells of the
 * sidecar's health, which waits longest itself, so it is asked twice as often. Keeps the newest sights; nothing queues.
 * Trouble is part of a sight, and a source that comes back is seen again.
 */
final class Sources implements AutoCloseable {
    private static final int MAX_AGENTS = 5_000;
    private static final Duration ASK = Duration.ofMillis(900);
    private static final long KEEP_LIMITS_NS = 3_000_000_000L;

    /** Where the books are; asked anew when the last reader failed. */
    interface Books {
        /** Null while no sidecar has said where. */
        @Nullable
        StateReader open();

        List<Map<String, Object>> read(StateReader reader);
    }

    private final Supplier<Relay> connect;
    private final Books source;
    private final long everyMs;
    private final List<Thread> threads = new ArrayList<>();
    private volatile Sight bus = Sight.none(0, "connecting");
    private volatile Sight before = bus;
    private volatile Sight books = Sight.none(0, "connecting");
    private volatile boolean isBookside;
    private volatile Map<String, ?> limits = Map.of();
    private volatile long limitsAtNs;
    private volatile boolean hasSidecar;
    private volatile @Nullable Relay relay;
    private final CountDownLatch over = new CountDownLatch(1);

    /** Only the thread "top-books" uses it. */
    private @Nullable StateReader reader;

    Sources(Supplier<Relay> connect, Books source, Duration every) {
        this.connect = connect;
        this.source = source;
        this.everyMs = Math.max(100, every.toMillis());
    }

    void start() {
        run("top-bus", this::lookAtBus, everyMs, trouble -> bus = bus.with(trouble));
        run("top-orders", this::lookAtOrders, everyMs / 2, trouble -> limits = Map.of());
        run("top-books", this::lookAtBooks, everyMs, trouble -> books = books.with(trouble));
    }

    private void run(String name, Runnable look, long pauseMs, Consumer<String> trouble) {
        Thread thread = new Thread(() -> lookUntilOver(look, pauseMs, trouble), name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void lookUntilOver(Runnable look, long pauseMs, Consumer<String> trouble) {
        try {
            do {
                look(look, trouble);
            } while (!over.await(pauseMs, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a look throws is the source's trouble. */
    private static void look(Runnable look, Consumer<String> trouble) {
        try {
            look.run();
        } catch (RelayException | JedisException | ReadRefused | CliException e) {
            trouble.accept(String.valueOf(e.getMessage()));
        }
    }

    private void lookAtBus() {
        Relay open = relay;
        if (open == null) {
            open = connect.get();
            relay = open;
        }
        Map<String, ?> status = open.control("status", Map.of());
        Map<String, ?> health = open.control("health", Map.of());
        List<Map<?, ?>> agents = Rows.agents(open, MAX_AGENTS);
        List<Map<?, ?>> lanes =
                Rows.of(open.control("lane.ls", Map.of("recipient", "")).get("lanes"));
        hasSidecar = agents.stream()
                .anyMatch(a -> "sidecar".equals(a.get("name")) && Boolean.TRUE.equals(a.get("connected")));
        before = bus.isKnown() ? bus : before;
        bus = Sight.ofBus(System.nanoTime(), status, health, agents, lanes);
    }

    private void lookAtOrders() {
        Relay open = relay;
        if (open != null && hasSidecar) {
            limits = open.request("sidecar", "orders.limits", Map.of(), ASK).json();
            limitsAtNs = System.nanoTime();
        }
    }

    private void lookAtBooks() {
        StateReader open = reader;
        if (open == null) {
            open = source.open();
            reader = open;
        }
        isBookside = open != null;
        if (open != null) {
            books = Sight.ofBooks(System.nanoTime(), new ArrayList<>(source.read(open)));
        }
    }

    Picture picture() {
        boolean isFresh = hasSidecar && System.nanoTime() - limitsAtNs < KEEP_LIMITS_NS;
        return new Picture(System.nanoTime(), bus, before, books, isFresh ? limits : Map.of(), isBookside);
    }

    /** Daemon threads end with the process; a hanging one is not waited for. */
    @Override
    public void close() {
        over.countDown();
        threads.forEach(Thread::interrupt);
        Relay open = relay;
        if (open != null) {
            open.close();
        }
    }
}
