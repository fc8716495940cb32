package dev.relay.daemon.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store on one SQLite file, written and read by one thread, "store". A batch is one transaction and, for all its frames together, one row: a segment. Rows per
 * message would be several times slower to insert and to delete; a segment goes as a whole when the core has nothing left in it, and floors, finished sets and
 * dead positions say what in it still counts.
 *
 * <p>The core hands over at most one commit and one page per lane at a time. Its tasks wait in a queue of {@value #MAX_TASKS}; one more is an error of the core
 * and stops it. Checkpoints run on the same thread when nothing waits, or when the log has grown past {@value #CHECKPOINT_LATEST_BYTES} bytes. A commit that fails for
 * lack of room or a lock leaves nothing behind and may be tried again; any other failure is FATAL and nothing is written after it.
 */
public final class SqliteStore implements MessageStore {
    static final int MAX_TASKS = 65_536;
    private static final long CHECKPOINT_IDLE_BYTES = 4L << 20;
    private static final long CHECKPOINT_LATEST_BYTES = 32L << 20;

    private final Path dataDir;
    private final boolean isFullSync;
    private final CoreQueue core;
    private final BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(MAX_TASKS);
    private final Thread thread = new Thread(this::run, "store");
    private @Nullable StoreLock lock;
    private @Nullable Connection connection;
    private @Nullable BatchWriter writer;
    private @Nullable StoreReads reads;
    private long bytesSinceCheckpoint;
    private boolean isStopping;
    private boolean hasFailed;

    /** {@code isFullSync}: a commit survives power loss, not only the death of the process. */
    public SqliteStore(Path dataDir, boolean isFullSync, CoreQueue core) {
        this.dataDir = dataDir;
        this.isFullSync = isFullSync;
        this.core = core;
    }

    @Override
    public Recovered open() throws StoreException {
        lock = StoreLock.take(dataDir.resolve("relay.lock"));
        try {
            Connection c = SqliteSchema.open(dataDir.resolve("relay.db"), isFullSync);
            connection = c;
            Recovered recovered = new Recovery(c).read();
            writer = new BatchWriter(c, recovered.attempts());
            reads = new StoreReads(c);
            thread.start();
            return recovered;
        } catch (SQLException e) {
            release();
            throw new StoreException(StoreException.Cause.CORRUPT, "cannot read the store: " + e.getMessage(), e);
        } catch (StoreException e) {
            release();
            throw e;
        }
    }

    @Override
    public void commit(Batch batch, Consumer<CommitOutcome> done) {
        submit(() -> {
            CommitOutcome outcome = write(batch);
            core.post(() -> done.accept(outcome));
            checkpoint(tasks.isEmpty() ? CHECKPOINT_IDLE_BYTES : CHECKPOINT_LATEST_BYTES);
        });
    }

    private CommitOutcome write(Batch batch) {
        if (hasFailed) {
            return CommitOutcome.FATAL;
        }
        try {
            Objects.requireNonNull(writer).write(batch);
            bytesSinceCheckpoint += batch.frames().position() + 4_096L;
            return CommitOutcome.COMMITTED;
        } catch (SQLException e) {
            CommitOutcome outcome = SqliteErrors.outcome(e);
            hasFailed = outcome == CommitOutcome.FATAL;
            return outcome;
        }
    }

    private void checkpoint(long thresholdBytes) {
        if (bytesSinceCheckpoint < thresholdBytes || hasFailed) {
            return;
        }
        bytesSinceCheckpoint = 0;
        try (Statement s = Objects.requireNonNull(connection).createStatement()) {
            s.execute("PRAGMA wal_checkpoint(PASSIVE)");
            Objects.requireNonNull(connection).commit();
        } catch (SQLException e) {
            hasFailed = SqliteErrors.outcome(e) == CommitOutcome.FATAL;
        }
    }

    @Override
    public void readPage(
            int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes, Consumer<List<StoredFrame>> done) {
        read(r -> r.page(lane, afterEpoch, afterSeq, maxMessages, maxBytes), List::of, done);
    }

    @Override
    public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
        read(r -> r.deadLetters(after, limit), List::of, done);
    }

    @Override
    public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
        submit(() -> {
            DeadLetterRow row = query(r -> r.deadLetter(no));
            core.post(() -> done.accept(row));
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

    /** A failed read answers nothing and makes the next commit FATAL: what cannot be read must not be called stored. */
    private <T> @Nullable T query(Query<T> query) {
        try {
            T result = query.run(Objects.requireNonNull(reads));
            Objects.requireNonNull(connection).commit();
            return result;
        } catch (SQLException e) {
            hasFailed |= SqliteErrors.outcome(e) == CommitOutcome.FATAL;
            return null;
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
                tasks.take().run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (thread.isAlive()) {
            submit(() -> isStopping = true);
            join();
        }
        release();
    }

    private void join() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        try {
            if (connection != null) {
                truncateLog(connection);
                connection.close();
                connection = null;
            }
            if (lock != null) {
                lock.close();
                lock = null;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("cannot close the store: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the store's lock", e);
        }
    }

    private void truncateLog(Connection c) throws SQLException {
        if (hasFailed || !Files.isWritable(dataDir)) {
            return;
        }
        c.setAutoCommit(true);
        try (Statement s = c.createStatement()) {
            s.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }
}
