package dev.relay.daemon.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real store whose calls wait for their answers, for tests that are one thread. */
final class TestStore implements AutoCloseable {
    private static final int PAGE = 7;

    final SqliteStore store;
    final Recovered recovered;

    private TestStore(SqliteStore store, Recovered recovered) {
        this.store = store;
        this.recovered = recovered;
    }

    static TestStore open(StoreSettings settings) throws StoreException {
        SqliteStore store = new SqliteStore(settings, Runnable::run);
        return new TestStore(store, store.open());
    }

    CommitOutcome commit(Batch batch) throws Exception {
        CompletableFuture<CommitOutcome> done = new CompletableFuture<>();
        store.commit(batch, done::complete);
        return done.get(30, TimeUnit.SECONDS);
    }

    /** Every unfinished frame of a lane, page by page. */
    List<StoredFrame> all(int lane) throws Exception {
        List<StoredFrame> frames = new ArrayList<>();
        long epoch = 0;
        long seq = 0;
        while (true) {
            List<StoredFrame> page = page(lane, epoch, seq);
            if (page.isEmpty()) {
                return frames;
            }
            frames.addAll(page);
            StoredFrame last = page.get(page.size() - 1);
            epoch = last.epoch();
            seq = last.seq();
        }
    }

    private List<StoredFrame> page(int lane, long epoch, long seq) throws Exception {
        CompletableFuture<List<StoredFrame>> done = new CompletableFuture<>();
        store.readPage(lane, epoch, seq, PAGE, 1 << 20, done::complete);
        return done.get(30, TimeUnit.SECONDS);
    }

    @Nullable
    DeadLetterRow deadLetter(long no) throws Exception {
        CompletableFuture<@Nullable DeadLetterRow> done = new CompletableFuture<>();
        store.deadLetter(no, done::complete);
        return done.get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        store.close();
    }
}
