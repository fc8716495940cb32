package dev.relay.daemon.admin;

import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.DeadLetterCount;
import dev.relay.daemon.store.DeadLetterQuery;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.StoreException;
import dev.relay.daemon.store.StoreFacts;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that measures its commits, from the core's call to the answer on the core thread. */
public final class MeteredStore implements MessageStore {
    private final MessageStore store;
    private final Meters meters;
    private final Clock clock;

    public MeteredStore(MessageStore store, Meters meters, Clock clock) {
        this.store = store;
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public Recovered open() throws StoreException {
        Recovered recovered = store.open();
        meters.bind(store);
        return recovered;
    }

    @Override
    public StoreFacts facts() {
        return store.facts();
    }

    @Override
    public void onFailure(Consumer<String> listener) {
        store.onFailure(listener);
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        long startNs = clock.nanoTime();
        int messages = batch.indexCount();
        store.commit(batch, outcome -> {
            meters.committed(clock.nanoTime() - startNs, messages);
            done.accept(outcome);
        });
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        store.readPage(lane, afterEpoch, afterSeq, maxMessages, maxBytes, done);
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        store.deadLetters(after, limit, done);
    }

    @Override
    public void deadLetters(DeadLetterQuery query, Consumer<List<DeadLetterRow>> done) {
        store.deadLetters(query, done);
    }

    @Override
    public void deadLetterCounts(Consumer<List<DeadLetterCount>> done) {
        store.deadLetterCounts(done);
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        store.deadLetter(no, done);
    }

    @Override
    public void deadPosition(int lane, long epoch, long seq, Consumer<Recovered.@Nullable DeadPosition> done) {
        store.deadPosition(lane, epoch, seq, done);
    }

    @Override
    public void close() {
        store.close();
    }
}
