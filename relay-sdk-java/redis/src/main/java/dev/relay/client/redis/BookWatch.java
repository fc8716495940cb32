package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Waits for changes of one book. Every {@link #next} gives a book that is newer than the one before, or refuses as
 * {@link BookReader#book} does; changes that come faster than they are fetched are conflated into the newest.
 *
 * <p>One thread may call {@link #next}, any {@link #close}. A thread of its own only notes the newest version that Redis
 * announced, so nothing is queued.
 */
public final class BookWatch implements AutoCloseable {
    /** How often a book is read though nothing was announced: silence may mean that the sidecar is gone. */
    private static final long LOOK_EVERY_MS = 500;

    private final BookReader reader;
    private final Connection announcements;
    private final String symbol;
    private final int depth;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition announced = lock.newCondition();
    private long announcedVersion;
    private @Nullable JedisException failure;
    private long epoch = -1;
    private long version = -1;

    /** Watches a book as {@code reader} reads it; the reader belongs to the watch from now on. */
    public BookWatch(RedisAddress address, BookReader reader, String symbol, int depth) {
        this.reader = reader;
        this.symbol = symbol;
        this.depth = depth;
        this.announcements = address.connect(2_000);
        announcements.sendCommand(Command.SUBSCRIBE, reader.base(symbol));
        announcements.getOne();
        announcements.setTimeoutInfinite();
        Thread listener = new Thread(this::listen, "relay-book-watch");
        listener.setDaemon(true);
        listener.start();
    }

    private void listen() {
        try {
            while (true) {
                note(announcements.getOne(), null);
            }
        } catch (JedisException e) {
            note(List.of(), e);
        }
    }

    private void note(Object announcement, @Nullable JedisException problem) {
        lock.lock();
        try {
            failure = problem;
            if (announcement instanceof List<?> parts && parts.size() == 3 && parts.get(2) instanceof byte[] number) {
                announcedVersion = Math.max(announcedVersion, Long.parseLong(Hashes.text(number)));
            }
            announced.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next newer book; waits up to {@code timeoutMs} for one.
     *
     * @throws ReadRefused when the book may not be believed now, or NO_CHANGE when it stayed as it was
     * @throws InterruptedException when the calling thread is interrupted while it waits
     */
    public BookView next(long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (true) {
            BookView book = reader.book(symbol, depth);
            if (book.epoch() > epoch || (book.epoch() == epoch && book.version() > version)) {
                epoch = book.epoch();
                version = book.version();
                return book;
            }
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new ReadRefused(Code.NO_CHANGE, "symbol=" + symbol + " version=" + version);
            }
            awaitNewer(Math.min(TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MS), leftNs));
        }
    }

    private void awaitNewer(long waitNs) throws InterruptedException {
        lock.lock();
        try {
            long leftNs = waitNs;
            while (announcedVersion <= version && leftNs > 0) {
                JedisException problem = failure;
                if (problem != null) {
                    throw problem;
                }
                leftNs = announced.awaitNanos(leftNs);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        try (reader) {
            announcements.close();
        }
    }
}
