package dev.relay.daemon.routing;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.SqliteStore;
import dev.relay.daemon.store.StoreException;
import dev.relay.daemon.store.StoredFrame;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The real store behind a gate: the test decides when a commit goes through, or how it fails; completions run when the test takes them. */
final class StoreGate implements MessageStore {
    private final LinkedBlockingQueue<Runnable> completions = new LinkedBlockingQueue<>();
    private final SqliteStore store;
    private int outstanding;
    private @Nullable Runnable held;
    boolean isHolding;
    /** What is read back does not match its checksums. */
    boolean isDamaged;
    /** What the next commits answer instead of going through. */
    @Nullable
    CommitOutcome failure;

    int commits;

    StoreGate(Path dir) {
        store = new SqliteStore(dir, false, completions::add);
    }

    @Override
    public Recovered open() throws StoreException {
        return store.open();
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        CommitOutcome outcome = failure;
        if (outcome != null) {
            outstanding++;
            completions.add(() -> done.accept(outcome));
        } else if (isHolding) {
            held = () -> pass(batch, done);
        } else {
            pass(batch, done);
        }
    }

    private void pass(Batch batch, Consumer<CommitOutcome> done) {
        commits++;
        outstanding++;
        store.commit(batch, done);
    }

    /** Lets the held commit through. */
    void release() {
        isHolding = false;
        Runnable commit = held;
        held = null;
        if (commit != null) {
            commit.run();
        }
    }

    boolean isHeld() {
        return held != null;
    }

    /** Runs one completion that is under way; false when there is none. */
    boolean complete() {
        if (outstanding == 0) {
            return false;
        }
        try {
            Runnable completion = completions.poll(10, TimeUnit.SECONDS);
            if (completion == null) {
                throw new IllegalStateException("the store does not answer");
            }
            outstanding--;
            completion.run();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        outstanding++;
        store.readPage(
                lane,
                afterEpoch,
                afterSeq,
                maxMessages,
                maxBytes,
                page -> done.accept(
                        isDamaged ? page.stream().map(StoreGate::damaged).toList() : page));
    }

    private static StoredFrame damaged(StoredFrame f) {
        return new StoredFrame(f.epoch(), f.seq(), f.segment(), f.bootNo(), f.wallMs(), null);
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        outstanding++;
        store.deadLetters(after, limit, done);
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        outstanding++;
        store.deadLetter(no, done);
    }

    @Override
    public void deadPosition(int lane, long epoch, long seq, Consumer<Recovered.@Nullable DeadPosition> done) {
        outstanding++;
        store.deadPosition(lane, epoch, seq, done);
    }

    @Override
    public void close() {
        store.close();
    }
}
