package dev.relay.daemon.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Opens the store's file: whose it is, its version, SQLite's quick check, the checksums of all rows of state. A file of another program or a newer Relay is left as it
 * is; a damaged one is reported as such and never replaced here.
 */
final class SqliteSchema {
    /** "RLAY", in the file's header. */
    static final int APPLICATION_ID = 0x524C4159;

    /** The log is cut back to this when it starts anew. */
    static final long LOG_KEEP_BYTES = 8L << 20;

    private static final int KEY_BYTES = 32;
    private static final int HEADER_BYTES = 100;
    private static final int HEADER_VERSION_AT = 60;
    private static final int HEADER_APPLICATION_AT = 68;

    /**
     * Opens or creates the file and brings it to this program's version.
     *
     * @param isExpected a store was here before: an empty file is a loss, not a beginning
     */
    static Connection open(Path file, boolean isFullSync, boolean isExpected) throws StoreException {
        Connection connection = null;
        try {
            if (isNew(file, isExpected)) {
                createAside(file, isFullSync);
            }
            checkHeader(file, isExpected);
            connection = connect(file);
            check(connection, file, isExpected);
            walMode(connection, isFullSync);
            upgrade(connection);
            checkRows(connection, file);
            return connection;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Cause.IO, "cannot read the store: file=" + file + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw refusal(file, e, isExpected);
        } catch (StoreException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    /** Loads SQLite and makes a store in memory. */
    static void warmUp() throws StoreException {
        try (Connection c = connect(Path.of(":memory:"))) {
            SchemaSteps.run(c, 0, SchemaSteps.VERSION);
        } catch (SQLException e) {
            throw new StoreException(StoreException.Cause.IO, "SQLite does not work here: " + e.getMessage(), e);
        }
    }

    private static boolean isNew(Path file, boolean isExpected) throws IOException, StoreException {
        if (header(file).length > 0) {
            return false;
        }
        if (isExpected) {
            throw corrupt(file, "the file is missing or empty, but a store was here");
        }
        Path log = file.resolveSibling(file.getFileName() + "-wal");
        if (Files.exists(log) && Files.size(log) > 0) {
            throw corrupt(file, "the file is missing or empty, but its log is here");
        }
        return true;
    }

    /** Under another name first: whatever stops it, there is a whole store afterwards or none. */
    private static void createAside(Path file, boolean isFullSync) throws IOException, SQLException {
        Path fresh = file.resolveSibling(file.getFileName() + "-new");
        for (String suffix : new String[] {"", "-wal", "-shm", "-journal"}) {
            Files.deleteIfExists(fresh.resolveSibling(fresh.getFileName() + suffix));
        }
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Connection c = connect(fresh)) {
            create(c, isFullSync);
        }
        sync(fresh);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectoryOf(file);
    }

    /** So that a file's name is as safe as what is in it. */
    static void syncDirectoryOf(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            sync(directory);
        }
    }

    /** A file, or the entries of a directory. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Refuses what is plainly not ours before SQLite touches it: opening alone can change a file. */
    private static void checkHeader(Path file, boolean isExpected) throws IOException, StoreException {
        byte[] header = header(file);
        ByteBuffer b = ByteBuffer.wrap(header);
        if (!SchemaSteps.isSqlite(header)) {
            throw isExpected ? corrupt(file, "the file header is damaged") : foreign(file, "not an SQLite database");
        }
        int application = b.getInt(HEADER_APPLICATION_AT);
        if (application != APPLICATION_ID && application != 0) {
            throw isExpected
                    ? corrupt(file, "the file header is damaged: application_id=" + application)
                    : foreign(file, "application_id=" + application);
        }
        if (application == APPLICATION_ID) {
            checkVersion(file, b.getInt(HEADER_VERSION_AT));
        }
    }

    private static byte[] header(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEADER_BYTES);
        }
    }

    private static void checkVersion(Path file, long version) throws StoreException {
        if (version > SchemaSteps.VERSION) {
            throw new StoreException(
                    StoreException.Cause.FOREIGN,
                    "the store was written by a newer Relay and is left as it is: file=" + file + " schema=" + version
                            + " known=" + SchemaSteps.VERSION + "; start the Relay that wrote it");
        }
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(1_000);
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try (Statement s = connection.createStatement()) {
            s.execute("PRAGMA mmap_size=0");
            s.execute("PRAGMA trusted_schema=OFF");
            s.execute("PRAGMA cell_size_check=ON");
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    private static void walMode(Connection c, boolean isFullSync) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute("PRAGMA journal_mode=WAL");
            s.execute("PRAGMA synchronous=" + (isFullSync ? "FULL" : "NORMAL"));
            s.execute("PRAGMA wal_autocheckpoint=0");
            s.execute("PRAGMA journal_size_limit=" + LOG_KEEP_BYTES);
        }
    }

    private static void check(Connection c, Path file, boolean isExpected) throws SQLException, StoreException {
        long applicationId = number(c, "PRAGMA application_id");
        if (applicationId != APPLICATION_ID) {
            throw isExpected
                    ? corrupt(file, "application_id=" + applicationId)
                    : foreign(file, "application_id=" + applicationId);
        }
        long version = number(c, "PRAGMA user_version");
        checkVersion(file, version);
        if (version < 1) {
            throw corrupt(file, "schema=" + version);
        }
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("PRAGMA quick_check(1)")) {
            String verdict = r.next() ? r.getString(1) : "no answer";
            if (!"ok".equals(verdict)) {
                throw corrupt(file, "quick_check: " + verdict.strip());
            }
        }
    }

    /** One transaction: after a crash in between, the file is what it was. */
    private static void upgrade(Connection c) throws SQLException {
        int version = (int) number(c, "PRAGMA user_version");
        if (version < SchemaSteps.VERSION) {
            Transaction.run(c, () -> {
                SchemaSteps.run(c, version, SchemaSteps.VERSION);
                execute(c, "PRAGMA user_version=" + SchemaSteps.VERSION);
            });
        }
    }

    private static void checkRows(Connection c, Path file) throws SQLException, StoreException {
        List<String> damaged = new ArrayList<>();
        for (SummedTable table : SummedTable.STATE) {
            table.verify(c, damaged::add);
        }
        if (!damaged.isEmpty()) {
            throw corrupt(file, damaged.size() + " rows do not match their checksums, first " + damaged.get(0));
        }
    }

    private static void create(Connection c, boolean isFullSync) throws SQLException {
        execute(c, "PRAGMA auto_vacuum=INCREMENTAL");
        walMode(c, isFullSync);
        Transaction.run(c, () -> {
            SchemaSteps.run(c, 0, SchemaSteps.VERSION);
            execute(c, "PRAGMA application_id=" + APPLICATION_ID);
            execute(c, "PRAGMA user_version=" + SchemaSteps.VERSION);
            newIdentity(c);
            putMeta(c, "boot_no", 0L);
        });
        execute(c, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    static void execute(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute(sql);
        }
    }

    /** A uuid and a key of its own: what anybody knows of another store holds no longer. */
    static void newIdentity(Connection c) throws SQLException {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        putMeta(c, "store_uuid", UUID.randomUUID().toString());
        putMeta(c, "store_key", key);
    }

    private static StoreException corrupt(Path file, String what) {
        return new StoreException(StoreException.Cause.CORRUPT, "the store is damaged: file=" + file + " " + what);
    }

    private static StoreException foreign(Path file, String what) {
        return new StoreException(
                StoreException.Cause.FOREIGN,
                "not a Relay store: file=" + file + " " + what + "; choose another data directory");
    }

    static void putMeta(Connection c, String key, Object value) throws SQLException {
        try (PreparedStatement p = c.prepareStatement(
                "INSERT INTO meta VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value, sum = excluded.sum")) {
            p.setString(1, key);
            p.setObject(2, value);
            p.setLong(3, RowSum.of(key, value));
            p.executeUpdate();
        }
    }

    static long number(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            return r.next() ? r.getLong(1) : 0;
        }
    }

    static String text(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            String found = r.next() ? r.getString(1) : null;
            return found == null ? "" : found;
        }
    }

    private static StoreException refusal(Path file, SQLException e, boolean isExpected) {
        StoreException.Cause cause = switch (SqliteErrors.primaryCode(e)) {
            case SqliteErrors.CORRUPT, SqliteErrors.ERROR -> StoreException.Cause.CORRUPT;
            case SqliteErrors.NOT_A_DATABASE ->
                isExpected ? StoreException.Cause.CORRUPT : StoreException.Cause.FOREIGN;
            case SqliteErrors.BUSY, SqliteErrors.LOCKED -> StoreException.Cause.LOCKED;
            default -> StoreException.Cause.IO;
        };
        return new StoreException(cause, "cannot open the store: file=" + file + ": " + e.getMessage(), e);
    }

    private static void closeQuietly(@Nullable Connection connection, Exception reason) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    private SqliteSchema() {}
}
