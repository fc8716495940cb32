package dev.relay.daemon.routing;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoredFrame;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commits everything, later, and keeps nothing. */
final class NullStore implements MessageStore {
    private @Nullable Consumer<CommitOutcome> waiting;
    long commits;

    boolean complete() {
        Consumer<CommitOutcome> done = waiting;
        waiting = null;
        if (done != null) {
            commits++;
            done.accept(CommitOutcome.COMMITTED);
        }
        return done != null;
    }

    @Override
    public Recovered open() {
        return Recovered.fresh("none");
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        waiting = done;
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        throw new IllegalStateException("nothing is spilled here");
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        done.accept(List.of());
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        done.accept(null);
    }

    @Override
    public void close() {}
}
