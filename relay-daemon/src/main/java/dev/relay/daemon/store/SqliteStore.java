package dev.relay.daemon.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store on one SQLite file, written and read by one thread, "store". A batch is one transaction and, for all its frames together, one row: a segment. Rows per
 * message would be several times slower to insert and to delete; a segment goes as a whole when the core has nothing left in it, and floors, finished sets and
 * dead positions say what in it still counts.
 *
 * <p>The core hands over at most one commit and one page per lane at a time. Its tasks wait in a queue of {@value #MAX_TASKS}; one more is an error of the core
 * and stops it. {@link Upkeep} runs on the same thread when nothing waits. A commit that fails for lack of room or a lock leaves nothing behind and may be tried again; any other
 * failure, of a read as well, is final: nothing is written after it.
 */
public final class SqliteStore implements MessageStore {
    static final int MAX_TASKS = 65_536;
    private static final long IDLE_MS = 200;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final StoreSettings settings;
    private final Path dataDir;
    private final CoreQueue core;
    private final BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(MAX_TASKS);
    private final Thread thread = new Thread(this::run, "store");
    private final DeadLetterLog deadLetterLog = new DeadLetterLog();
    private @Nullable StoreLock lock;
    private @Nullable StoreFile file;
    private volatile Consumer<String> onFailure = reason -> {};
    private boolean isStopping;

    /** {@code isFullSync}: a commit survives power loss, not only the death of the process. */
    public SqliteStore(Path dataDir, boolean isFullSync, CoreQueue core) {
        this(StoreSettings.of(dataDir, isFullSync), core);
    }

    public SqliteStore(StoreSettings settings, CoreQueue core) {
        this(settings, core, null);
    }

    /** {@code lock}: the store's, if the caller has it already; the store releases it. */
    public SqliteStore(StoreSettings settings, CoreQueue core, @Nullable StoreLock lock) {
        this.lock = lock;
        this.settings = settings;
        this.dataDir = settings.dataDir();
        this.core = core;
    }

    @Override
    public void onFailure(Consumer<String> listener) {
        onFailure = listener;
    }

    @Override
    public Recovered open() throws StoreException {
        if (lock == null) {
            lock = StoreLock.take(dataDir);
        }
        try {
            StoreFile opened = StoreFile.open(settings);
            file = opened;
            thread.start();
            return opened.recovered;
        } finally {
            if (file == null) {
                unlock();
            }
        }
    }

    @Override
    public StoreFacts facts() {
        return file().upkeep.facts();
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        submit(() -> {
            CommitOutcome outcome = file().commit(batch, tasks.isEmpty());
            boolean isCommitted = outcome == CommitOutcome.COMMITTED || outcome == CommitOutcome.COMMITTED_ON_RESERVE;
            List<Batch.DeadLetter> dead = isCommitted ? List.copyOf(batch.deadLetters) : List.of();
            core.post(() -> done.accept(outcome)); // from here on the batch is the core's again
            deadLetterLog.committed(dead, System.nanoTime());
        });
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        read(r -> r.page(lane, afterEpoch, afterSeq, maxMessages, maxBytes), List::of, done);
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        deadLetters(DeadLetterQuery.page(after, limit), done);
    }

    @Override
    public void deadLetters(DeadLetterQuery query, Consumer<List<DeadLetterRow>> done) {
        read(r -> r.deadLetters(query), List::of, done);
    }

    @Override
    public void deadLetterCounts(Consumer<List<DeadLetterCount>> done) {
        read(StoreReads::deadLetterCounts, List::of, done);
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        submit(() -> {
            DeadLetterRow row = query(r -> r.deadLetter(no));
            core.post(() -> done.accept(row));
        });
    }

    @Override
    public void deadPosition(int lane, long epoch, long seq, Consumer<Recovered.@Nullable DeadPosition> done) {
        submit(() -> {
            List<Recovered.DeadPosition> rows = query(r -> r.deadPosition(lane, epoch, seq));
            if (rows != null) {
                core.post(() -> done.accept(rows.isEmpty() ? null : rows.get(0)));
            }
        });
    }

    private interface Query<T> {
        @Nullable
        T run(StoreReads reads) throws SQLException;
    }

    private <T> void read(Query<T> query, Supplier<T> fallback, Consumer<T> done) {
        submit(() -> {
            T found = query(query);
            T result = found == null ? fallback.get() : found;
            core.post(() -> done.accept(result));
        });
    }

    /** A failed read answers nothing, and what cannot be read must not be called stored: the daemon stops. */
    private <T> @Nullable T query(Query<T> query) {
        try {
            return query.run(file().reads);
        } catch (SQLException e) {
            onError(e);
            return null;
        }
    }

    private void onError(SQLException e) {
        if (SqliteErrors.outcome(e) == CommitOutcome.FATAL) {
            fail("the store failed: code=" + e.getErrorCode() + " " + e.getMessage(), e);
        }
    }

    private void fail(String reason, Throwable cause) {
        if (!file().hasFailed()) {
            file().fail();
            LOG.error("store_failed reason={}", reason, cause);
            Consumer<String> listener = onFailure;
            core.post(() -> listener.accept(reason));
        }
    }

    private void submit(Runnable task) {
        if (!tasks.offer(task)) {
            throw new IllegalStateException("store queue full: limit=" + MAX_TASKS);
        }
    }

    private void run() {
        try {
            while (!isStopping) {
                Runnable task = file().upkeep.isDue() ? tasks.poll(IDLE_MS, TimeUnit.MILLISECONDS) : tasks.take();
                if (task != null) {
                    task.run();
                } else {
                    upkeep();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            fail("the store thread met a defect: " + e, e);
        }
    }

    /** Steps until somebody wants something or nothing is left to do. */
    private void upkeep() {
        try {
            while (tasks.isEmpty() && file().upkeep.isDue() && !file().hasFailed()) {
                file().upkeep.step();
            }
        } catch (SQLException e) {
            onError(e);
        } catch (IOException e) {
            fail("the store failed: " + e.getMessage(), e);
        }
    }

    private StoreFile file() {
        return Objects.requireNonNull(file, "the store is not open");
    }

    @Override
    public void close() {
        if (thread.isAlive()) {
            submit(() -> isStopping = true);
            join();
        }
        try {
            if (file != null) {
                file.close();
                file = null;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("cannot close the store: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the store", e);
        } finally {
            unlock();
        }
    }

    private void join() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void unlock() {
        try {
            if (lock != null) {
                lock.close();
                lock = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the store's lock", e);
        }
    }
}
