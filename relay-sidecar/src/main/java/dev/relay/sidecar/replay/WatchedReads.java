package dev.relay.sidecar.replay;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads books of a synthetic burst all the time from a thread of its own, and afterwards compares every book read with what
 * the burst's book was at that id. Bounded: at most {@value #MOST_READS} reads are kept.
 */
final class WatchedReads implements Runnable {
    private static final int MOST_READS = 20_000;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int DEPTH = 25;

    private final BurstProfile profile;
    private final RedisAddress address;
    private final String venue;
    private final Map<String, Map<Long, String>> seen = new HashMap<>();
    private final Thread thread = new Thread(this, "bench-reader");
    private volatile boolean isRunning = true;
    private volatile long reads;
    private volatile long refused;

    WatchedReads(BurstProfile profile, RedisAddress address, String venue) {
        this.profile = profile;
        this.address = address;
        this.venue = venue;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, this thread
    public void run() {
        try (BookReader reader = new BookReader(address, venue)) {
            for (int i = 0; isRunning && i < MOST_READS; i++) {
                String venueSymbol = profile.symbol(i % profile.symbols());
                try {
                    BookView book = reader.book(normal(venueSymbol), DEPTH);
                    seen.computeIfAbsent(venueSymbol, unused -> new HashMap<>())
                            .put(book.sequence(), text(book.bids()) + "| " + text(book.asks()));
                    reads++;
                } catch (ReadRefused e) {
                    refused++;
                }
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    private static String normal(String venueSymbol) {
        return venueSymbol.substring(0, venueSymbol.length() - 4) + "-USDT";
    }

    private static String text(List<BookLevel> levels) {
        StringBuilder out = new StringBuilder();
        levels.forEach(level -> out.append(plain(level.price()))
                .append(':')
                .append(plain(level.quantity()))
                .append(' '));
        return out.toString();
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    /** Ends reading; reads, refusals, and how many of the books read were never the burst's. */
    Map<String, Object> judge() throws InterruptedException {
        isRunning = false;
        thread.join();
        long[] right = {0};
        List<BurstBook> books = BurstScript.books(profile);
        books.forEach(book -> right[0] += isRight(book));
        BurstScript.each(profile, books, (book, firstId, atNs) -> right[0] += isRight(book));
        long kept = seen.values().stream().mapToLong(Map::size).sum();
        return Map.of("reads", reads, "refused", refused, "different_books", kept, "wrong", kept - right[0]);
    }

    private int isRight(BurstBook book) {
        String read = seen.getOrDefault(book.symbol, Map.of()).get(book.id);
        return read != null && read.equals(book.top(true, DEPTH) + "| " + book.top(false, DEPTH)) ? 1 : 0;
    }
}
