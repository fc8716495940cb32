package dev.relay.sidecar;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.risk.Marks;
import dev.relay.sidecar.venue.MarketFeed;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Values symbols by the feed's own books, without the way over Redis. A feed that has been silent too long gives no price. Any thread. */
final class FeedMarks implements Marks {
    private static final long SILENT_MS = 5_000;

    private final MarketFeed feed;
    private final Map<String, BookMailbox> known = new ConcurrentHashMap<>();

    FeedMarks(MarketFeed feed) {
        this.feed = feed;
    }

    @Override
    public @Nullable BigDecimal mark(String symbol) {
        BookMailbox book = known.get(symbol);
        if (book == null) {
            feed.mailboxes().forEach(mailbox -> known.put(mailbox.symbol(), mailbox));
            book = known.get(symbol);
        }
        return book == null || feed.lastFrameAgeMs() > SILENT_MS
                ? null
                : book.best().middle();
    }
}
