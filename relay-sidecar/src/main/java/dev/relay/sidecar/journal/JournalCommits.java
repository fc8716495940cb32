package dev.relay.sidecar.journal;

import dev.relay.sidecar.journal.JournalEntry.Results;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection that writes the journal's file, and how its commits fare: failing from the first that fails until one
 * works again. Thread "journal", after the file was opened; figures are for any thread.
 */
final class JournalCommits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalCommits.class);

    private final Path file;
    private final Connection connection;
    private final LongAdder commits = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private JournalWrites writes;
    private boolean hasBrokenStatement;
    private volatile boolean isFailing;

    JournalCommits(Path file, Connection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        this.writes = new JournalWrites(connection);
    }

    /** Before the first commit of anything else. */
    void fact(String name, String value) throws SQLException {
        JournalTransaction.run(connection, () -> writes.fact(name, value));
    }

    /** All in one transaction, with what comes of it noted in {@code results}; false when nothing of it was kept. */
    boolean commit(List<JournalEntry> batch, Results results) {
        try {
            prepareAgain();
            JournalTransaction.run(connection, () -> {
                for (JournalEntry entry : batch) {
                    entry.write(writes, results);
                }
            });
        } catch (SQLException e) {
            onFailure(e);
            return false;
        }
        onCommit();
        return true;
    }

    /** The driver closes a statement that failed, so that a recovered disk alone would not be enough. */
    private void prepareAgain() throws SQLException {
        if (hasBrokenStatement) {
            hasBrokenStatement = false;
            JournalWrites old = writes;
            writes = new JournalWrites(connection);
            old.close();
        }
    }

    private void onCommit() {
        commits.increment();
        if (isFailing) {
            LOG.warn("journal commits work again file={} failures={}", file, failures.sum());
        }
        isFailing = false;
    }

    private void onFailure(SQLException cause) {
        if (!isFailing) {
            LOG.error("journal commits fail until said otherwise file={}", file, cause);
        }
        isFailing = true;
        hasBrokenStatement = true;
        failures.increment();
    }

    /** No commit will be tried again. */
    void giveUp() {
        isFailing = true;
    }

    boolean isFailing() {
        return isFailing;
    }

    long count() {
        return commits.sum();
    }

    long failureCount() {
        return failures.sum();
    }

    @Override
    public void close() throws SQLException {
        writes.close();
        connection.close();
    }
}
