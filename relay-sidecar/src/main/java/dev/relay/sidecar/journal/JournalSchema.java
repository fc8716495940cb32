package dev.relay.sidecar.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Opens connections to a journal file and makes its tables. */
final class JournalSchema {
    private static final int BUSY_TIMEOUT_MS = 2_000;
    private static final String[] TABLES = {
        "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS orders(client_id TEXT PRIMARY KEY, event_no INTEGER NOT NULL,"
                + " is_open INTEGER NOT NULL, fields TEXT NOT NULL) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS orders_open ON orders(is_open, event_no)",
        "CREATE TABLE IF NOT EXISTS fills(account TEXT NOT NULL, symbol TEXT NOT NULL, trade_id TEXT NOT NULL,"
                + " venue_order_id TEXT NOT NULL, client_id TEXT NOT NULL, side TEXT NOT NULL, price TEXT NOT NULL,"
                + " quantity TEXT NOT NULL, commission TEXT NOT NULL, commission_asset TEXT NOT NULL,"
                + " at_ms INTEGER NOT NULL, event_no INTEGER NOT NULL,"
                + " PRIMARY KEY(account, symbol, trade_id, venue_order_id)) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS fills_event ON fills(event_no)",
        "CREATE TABLE IF NOT EXISTS positions(symbol TEXT PRIMARY KEY, event_no INTEGER NOT NULL,"
                + " fields TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS events(event_no INTEGER PRIMARY KEY, order_fields TEXT NOT NULL,"
                + " event_fields TEXT NOT NULL, position_fields TEXT)",
        "CREATE TABLE IF NOT EXISTS cursors(symbol TEXT PRIMARY KEY, trade_id INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS kills(at_ms INTEGER NOT NULL, is_killed INTEGER NOT NULL, reason TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS discrepancies(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,"
                + " kind TEXT NOT NULL, symbol TEXT NOT NULL, client_id TEXT NOT NULL, venue_id TEXT NOT NULL,"
                + " detail TEXT NOT NULL)",
        AuditChain.TABLE,
    };

    private JournalSchema() {}

    static Connection openWriter(Path file) throws SQLException {
        Connection connection = open(file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=WAL");
            statement.execute("PRAGMA synchronous=FULL");
            for (String table : TABLES) {
                statement.execute(table);
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    static Connection openReader(Path file) throws SQLException {
        Connection connection = open(file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA query_only=ON");
        }
        return connection;
    }

    private static Connection open(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout=" + BUSY_TIMEOUT_MS);
        }
        return connection;
    }
}
