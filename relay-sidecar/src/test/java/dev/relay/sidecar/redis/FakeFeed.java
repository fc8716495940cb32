package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A feed without a venue: the test makes its changes, the book and mailbox are the real ones. */
final class FakeFeed implements MarketFeed {
    static final String SYMBOL = "BTC-USDT";

    final BookMailbox mailbox = new BookMailbox(SYMBOL, 100);
    final SplittableRandom random = new SplittableRandom(3);
    final BookSync sync;
    volatile long lastFrameAgeMs;
    /** Sees each state of the book before it is handed over. */
    Consumer<BookSync> onChange = changed -> {};

    long id = 100;

    FakeFeed() {
        sync = new BookSync(SYMBOL, 100, 10_000, 100, new BookSync.Port() {
            @Override
            public void requestSnapshot(BookSync asked) {}

            @Override
            public void changed(BookSync changed) {
                onChange.accept(changed);
                mailbox.put(changed, new Scale(2), new Scale(8), 1);
            }

            @Override
            public void transition(BookSync stepped, BookStatus from, BookStatus to, SyncReason reason) {}
        });
    }

    /** The same book as the venue would send it: 200 levels a side. */
    void goLive() {
        sync.onSubscribed();
        Delta snapshot = new Delta();
        snapshot.ids(id, id);
        for (int i = 1; i <= 200; i++) {
            snapshot.addBid(1_000_000 - i, i);
            snapshot.addAsk(1_000_000 + i, i);
        }
        sync.onSnapshot(snapshot, 1_000);
    }

    /** Random changes in and around the published window, so that levels enter and leave it. */
    void move() {
        Delta delta = new Delta();
        id++;
        delta.ids(id, id);
        delta.eventAtMs(System.currentTimeMillis());
        for (int i = 0; i < 10; i++) {
            delta.addBid(1_000_000 - random.nextInt(1, 150), random.nextInt(3) == 0 ? 0 : random.nextLong(1, 99));
            delta.addAsk(1_000_000 + random.nextInt(1, 150), random.nextInt(3) == 0 ? 0 : random.nextLong(1, 99));
        }
        sync.onDelta(delta);
    }

    @Override
    public String venue() {
        return "BINANCE";
    }

    @Override
    public void start() {}

    @Override
    public List<BookMailbox> mailboxes() {
        return List.of(mailbox);
    }

    @Override
    public long lastFrameAgeMs() {
        return lastFrameAgeMs;
    }

    @Override
    public long loopAgeMs() {
        return 0;
    }

    @Override
    public CompletableFuture<FeedStatus> status() {
        return CompletableFuture.completedFuture(
                new FeedStatus(FeedState.STREAMING, 0, 0, 0, 0, 0, Map.of(), List.of()));
    }

    @Override
    public void close() {}
}
