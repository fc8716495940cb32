package dev.relay.sidecar.redis;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookView;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.BookSync;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** A {@link FakeFeed} that changes every 2 ms on its own thread and remembers what its book was at each sequence number. */
final class MovingFeed implements AutoCloseable {
    private static final int SLOTS = 1 << 16;
    private static final int EVERY_MS = 2;

    final FakeFeed feed = new FakeFeed();
    private final AtomicLongArray checksums = new AtomicLongArray(SLOTS);
    private final AtomicLongArray times = new AtomicLongArray(SLOTS);
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private @Nullable Future<?> moving;
    private volatile long seq;

    void start(RedisPublisher publisher) {
        feed.onChange = this::remember;
        thread.execute(feed::goLive);
        moving = thread.scheduleAtFixedRate(
                () -> {
                    feed.move();
                    publisher.signal();
                },
                EVERY_MS,
                EVERY_MS,
                TimeUnit.MILLISECONDS);
    }

    private void remember(BookSync sync) {
        int slot = Math.floorMod(sync.seq(), SLOTS);
        checksums.set(
                slot, checksum(sync.book().bids()) * 31 + checksum(sync.book().asks()));
        times.set(slot, System.currentTimeMillis());
        seq = sync.seq();
    }

    long seq() {
        return seq;
    }

    /** What is wrong with the levels a reader got, or null. */
    @Nullable
    String judge(BookView book) {
        long found = checksum(book.bids()) * 31 + checksum(book.asks());
        long expected = checksums.get(Math.floorMod(book.sequence(), SLOTS));
        return found == expected ? null : "levels of no single state, sequence=" + book.sequence();
    }

    /** How long the book read had been out of date when it was read. */
    long staleMs(BookView book) {
        return book.sequence() >= seq
                ? 0
                : Math.max(0, book.readAtMs() - times.get(Math.floorMod(book.sequence() + 1, SLOTS)));
    }

    private static long checksum(BookSide side) {
        long sum = 0;
        for (int rank = 0; rank < Math.min(100, side.size()); rank++) {
            sum = (sum * 31 + side.price(rank)) * 31 + side.quantity(rank);
        }
        return sum;
    }

    private static long checksum(List<BookLevel> levels) {
        long sum = 0;
        for (BookLevel level : levels) {
            sum = (sum * 31 + units(level.price(), 2)) * 31 + units(level.quantity(), 8);
        }
        return sum;
    }

    private static long units(BigDecimal number, int scale) {
        return number.movePointRight(scale).longValueExact();
    }

    @Override
    public void close() {
        if (moving != null && moving.isDone()) {
            throw new IllegalStateException("the feed stopped on an error");
        }
        thread.shutdownNow();
    }
}
