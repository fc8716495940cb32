package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * A look at a store that changes nothing in it. While a daemon runs, through a read-only connection beside its own; else on a copy, because opening a database
 * without its daemon would take up its log. Holds the log of a running daemon while open: be short. One thread.
 */
final class StoreView implements AutoCloseable {
    private final Connection connection;
    private final @Nullable Path copy;
    private final boolean isLive;

    private StoreView(Connection connection, @Nullable Path copy, boolean isLive) {
        this.connection = connection;
        this.copy = copy;
        this.isLive = isLive;
    }

    static StoreView open(Path dataDir) throws StoreException {
        Path database = dataDir.resolve(Quarantine.DATABASE);
        try {
            if (!Files.exists(database) || Files.size(database) == 0) {
                throw new StoreException(StoreException.Cause.IO, "no store here: file=" + database);
            }
            return openBeside(dataDir, database);
        } catch (IOException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot read the store: " + e, e);
        } catch (SQLException e) {
            throw new StoreException(StoreException.Cause.CORRUPT, "cannot read the store: " + e.getMessage(), e);
        }
    }

    private static StoreView openBeside(Path dataDir, Path database) throws StoreException, IOException, SQLException {
        StoreLock lock;
        try {
            lock = StoreLock.take(dataDir);
        } catch (StoreException e) {
            if (e.reason() == StoreException.Cause.LOCKED) {
                return new StoreView(connect(database, true), null, true);
            }
            throw e;
        }
        try {
            return copy(dataDir, database);
        } finally {
            lock.close();
        }
    }

    /** Under the lock, so that no daemon starts meanwhile. */
    private static StoreView copy(Path dataDir, Path database) throws IOException, SQLException {
        Path copy = Files.createTempDirectory(dataDir, "look-");
        Path log = dataDir.resolve(Quarantine.DATABASE + "-wal");
        Files.copy(database, copy.resolve(Quarantine.DATABASE));
        if (Files.exists(log)) {
            Files.copy(log, copy.resolve(Quarantine.DATABASE + "-wal"));
        }
        return new StoreView(connect(copy.resolve(Quarantine.DATABASE), false), copy, false);
    }

    static Connection connect(Path database, boolean isReadOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(isReadOnly);
        config.setBusyTimeout(5_000);
        return config.createConnection("jdbc:sqlite:" + database);
    }

    Connection connection() {
        return connection;
    }

    /** A daemon has the store. */
    boolean isLive() {
        return isLive;
    }

    @Override
    public void close() throws StoreException {
        try {
            connection.close();
            if (copy != null) {
                delete(copy);
            }
        } catch (SQLException | IOException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot end the look at the store: " + e, e);
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
