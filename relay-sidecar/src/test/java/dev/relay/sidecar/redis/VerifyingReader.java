package dev.relay.sidecar.redis;

import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import redis.clients.jedis.exceptions.JedisException;

/** Reads one book without pause on its own thread, as an agent would, and checks each book it gets. */
final class VerifyingReader implements AutoCloseable {
    private final RedisAddress address;
    private final MovingFeed feed;
    private final Thread thread = new Thread(this::run, "verifying-reader");
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private volatile boolean isRunning = true;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile long newest;
    private volatile long maxStaleMs;
    private long lastVersion;

    VerifyingReader(RedisAddress address, MovingFeed feed) {
        this.address = address;
        this.feed = feed;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (isRunning) {
            try (BookReader reader = new BookReader(address, "BINANCE")) {
                readWhilePossible(reader);
            } catch (JedisException e) {
                onRefused();
            }
        }
    }

    private void readWhilePossible(BookReader reader) {
        while (isRunning) {
            try {
                onAccepted(reader.book(FakeFeed.SYMBOL, 0));
            } catch (ReadRefused e) {
                onRefused();
            }
        }
    }

    private void onRefused() {
        refused.increment();
        Thread.onSpinWait();
    }

    private void onAccepted(BookView book) {
        String problem = feed.judge(book);
        if (problem != null) {
            violations.add(problem);
        }
        if (book.version() < lastVersion) {
            violations.add("older version, version=" + book.version() + " last=" + lastVersion);
        }
        lastVersion = book.version();
        maxStaleMs = Math.max(maxStaleMs, feed.staleMs(book));
        newest = book.sequence();
        accepted.increment();
    }

    List<String> violations() {
        return violations;
    }

    long accepted() {
        return accepted.sum();
    }

    long refused() {
        return refused.sum();
    }

    /** Sequence number of the last book that was accepted. */
    long newest() {
        return newest;
    }

    /** Longest time that an accepted book had been out of date. */
    long maxStaleMs() {
        return maxStaleMs;
    }

    @Override
    public void close() {
        isRunning = false;
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
