package dev.relay.daemon.store;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Opens the store's file: pragmas, identity, schema version, quick check. A file of another program, a newer Relay or a damaged one is refused, never
 * replaced.
 */
final class SqliteSchema {
    /** "RLAY", in the file's header. */
    static final int APPLICATION_ID = 0x524C4159;

    static final int VERSION = 1;
    private static final int KEY_BYTES = 32;
    private static final String[] TABLES = {
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE agent(namespace TEXT, name TEXT, uid INTEGER, epoch INTEGER, PRIMARY KEY(namespace, name))"
                + " WITHOUT ROWID",
        "CREATE TABLE stream(id INTEGER PRIMARY KEY, namespace TEXT, sender TEXT, target TEXT, class INTEGER,"
                + " epoch INTEGER, mark INTEGER)",
        "CREATE TABLE lane(id INTEGER PRIMARY KEY, namespace TEXT, sender TEXT, recipient TEXT, class INTEGER,"
                + " epoch INTEGER, floor INTEGER, finished BLOB)",
        "CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "CREATE TABLE subscription(namespace TEXT, agent TEXT, pattern TEXT, PRIMARY KEY(namespace, agent, pattern))"
                + " WITHOUT ROWID",
        "CREATE TABLE segment(no INTEGER PRIMARY KEY, wall_ms INTEGER, boot_no INTEGER, entries BLOB, frames BLOB)",
        "CREATE TABLE segment_lane(lane INTEGER, segment INTEGER, last_epoch INTEGER, last_seq INTEGER,"
                + " PRIMARY KEY(lane, segment)) WITHOUT ROWID",
        "CREATE INDEX segment_lane_segment ON segment_lane(segment)",
        "CREATE TABLE attempt(lane INTEGER, epoch INTEGER, seq INTEGER, attempts INTEGER, crashes INTEGER,"
                + " due_offset_ms INTEGER, first_at_ms INTEGER, error TEXT, PRIMARY KEY(lane, epoch, seq)) WITHOUT ROWID",
        "CREATE TABLE dead_letter(no INTEGER PRIMARY KEY, lane INTEGER, id_msb INTEGER, id_lsb INTEGER, sender TEXT,"
                + " target TEXT, class TEXT, epoch INTEGER, seq INTEGER, kind TEXT, reason INTEGER, attempts INTEGER,"
                + " first_at_ms INTEGER, dead_at_ms INTEGER, error TEXT, bytes INTEGER, frame BLOB)",
        "CREATE TABLE dead_position(no INTEGER PRIMARY KEY, lane INTEGER, stream INTEGER, epoch INTEGER, seq INTEGER,"
                + " reason INTEGER, attempts INTEGER)",
        "CREATE INDEX dead_position_lane ON dead_position(lane, epoch, seq)",
        "CREATE TABLE audit(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, op TEXT, who TEXT, what TEXT)"
    };

    /** Opens or creates the file. */
    static Connection open(Path file, boolean isFullSync) throws StoreException {
        Connection connection = null;
        try {
            connection = connect(file, isFullSync);
            check(connection, file);
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw refusal(file, e);
        } catch (StoreException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    private static Connection connect(Path file, boolean isFullSync) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(isFullSync ? SQLiteConfig.SynchronousMode.FULL : SQLiteConfig.SynchronousMode.NORMAL);
        config.setBusyTimeout(1_000);
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try (Statement s = connection.createStatement()) {
            s.execute("PRAGMA wal_autocheckpoint=0");
            s.execute("PRAGMA mmap_size=0");
            s.execute("PRAGMA trusted_schema=OFF");
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    private static void check(Connection c, Path file) throws SQLException, StoreException {
        long applicationId = number(c, "PRAGMA application_id");
        if (applicationId == 0 && number(c, "SELECT count(*) FROM sqlite_schema") == 0) {
            create(c);
            return;
        }
        if (applicationId != APPLICATION_ID) {
            throw new StoreException(
                    StoreException.Cause.FOREIGN,
                    "not a Relay store: file=" + file + " application_id=" + applicationId
                            + "; choose another data directory");
        }
        long version = number(c, "PRAGMA user_version");
        if (version != VERSION) {
            throw new StoreException(
                    StoreException.Cause.FOREIGN,
                    "store of another version: file=" + file + " schema=" + version + " known=" + VERSION
                            + "; start the Relay that wrote it");
        }
        quickCheck(c, file);
    }

    private static void quickCheck(Connection c, Path file) throws SQLException, StoreException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("PRAGMA quick_check(1)")) {
            String verdict = r.next() ? r.getString(1) : "no answer";
            if (!"ok".equals(verdict)) {
                throw new StoreException(
                        StoreException.Cause.CORRUPT,
                        "the store is damaged: file=" + file + " check=" + verdict
                                + "; keep the file, restore a backup or start with an empty data directory");
            }
        }
    }

    private static void create(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute("BEGIN IMMEDIATE");
            for (String table : TABLES) {
                s.execute(table);
            }
            s.execute("PRAGMA application_id=" + APPLICATION_ID);
            s.execute("PRAGMA user_version=" + VERSION);
            byte[] key = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(key);
            putMeta(c, "store_uuid", UUID.randomUUID().toString());
            putMeta(c, "store_key", key);
            putMeta(c, "boot_no", 0L);
            s.execute("COMMIT");
        }
    }

    static void putMeta(Connection c, String key, Object value) throws SQLException {
        try (PreparedStatement p = c.prepareStatement(
                "INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value")) {
            p.setString(1, key);
            p.setObject(2, value);
            p.executeUpdate();
        }
    }

    static long number(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            return r.next() ? r.getLong(1) : 0;
        }
    }

    private static StoreException refusal(Path file, SQLException e) {
        StoreException.Cause cause = switch (SqliteErrors.primaryCode(e)) {
            case SqliteErrors.CORRUPT, SqliteErrors.NOT_A_DATABASE -> StoreException.Cause.CORRUPT;
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
