package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.quality.Verdict;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Market data of one venue: keeps its books and puts each change into that book's mailbox. Runs on its own thread and
 * knows nothing of Redis.
 */
public interface MarketFeed extends AutoCloseable {
    /** Venue name as in Redis keys: BINANCE. */
    String venue();

    /** Begins; never fails for trouble that may pass (that is retried for ever with growing delays). */
    void start();

    /** Mailboxes of all books known so far; grows once when the instruments are loaded. Any thread. */
    List<BookMailbox> mailboxes();

    /** Milliseconds since the last frame of any kind, Long.MAX_VALUE before the first. Any thread. */
    long lastFrameAgeMs();

    /** Milliseconds since the feed thread last did anything at all; it ticks every 100 ms. Any thread. */
    long loopAgeMs();

    /** How often the quality gate came to a verdict. Any thread. */
    default long verdicts(Verdict verdict) {
        return 0;
    }

    /** Made on the feed thread. */
    CompletableFuture<FeedStatus> status();

    @Override
    void close();
}
