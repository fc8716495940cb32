package dev.relay.daemon.store;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What survives the daemon. The core thread calls everything; commits and reads run on the store's own thread in the order of the calls, and their
 * results come back through the {@link CoreQueue}. The core has at most one commit under way and one page read per lane, which bounds the queue.
 */
public interface MessageStore extends AutoCloseable {
    /**
     * Opens, checks and reads the state; raises and syncs the boot number. Blocks; called once, before the core starts.
     *
     * @throws StoreException when the store is locked by another daemon, newer than this program, or damaged
     */
    Recovered open() throws StoreException;

    /** Who is told, once and on the core thread, when the store fails outside of a commit. Before {@link #open}. */
    default void onFailure(Consumer<String> listener) {}

    /** Sizes as of a moment ago; any thread, after {@link #open}. */
    default StoreFacts facts() {
        return StoreFacts.NONE;
    }

    /** Makes a batch durable in one transaction. The batch belongs to the store until {@code done} runs on the core thread. */
    void commit(Batch batch, Consumer<CommitOutcome> done);

    /** Reads committed, unfinished frames of a lane above a position, in order. An empty list: nothing there. */
    void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done);

    /** Dead letters with a number above {@code after}, oldest first, without payloads. */
    void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done);

    /** Dead letters that match, oldest first, without payloads. A store that can select does so by itself. */
    default void deadLetters(DeadLetterQuery query, Consumer<List<DeadLetterRow>> done) {
        deadLetters(query.after(), Integer.MAX_VALUE, rows -> done.accept(query.select(rows)));
    }

    /** Counts of all dead letters by lane and reason. */
    default void deadLetterCounts(Consumer<List<DeadLetterCount>> done) {
        deadLetters(0, Integer.MAX_VALUE, rows -> done.accept(DeadLetterCount.of(rows)));
    }

    /** One dead letter with its frame, or null. */
    void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done);

    /**
     * Why a position of a lane died, or null when it did not. A store that forgets no dead position of an epoch that is still sent from answers for all of them. A failed read is not
     * answered.
     */
    default void deadPosition(int lane, long epoch, long seq, Consumer<Recovered.@Nullable DeadPosition> done) {
        done.accept(null);
    }

    /** Finishes what was handed over, then closes. Blocks; called once, after the core has stopped. */
    @Override
    void close();
}
