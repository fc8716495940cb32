package dev.relay.sidecar.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A transaction in SQLite's own words, on a connection in JDBC's auto-commit mode. When the disk is full SQLite may end a
 * transaction by itself; JDBC's commit and rollback do not notice, and what follows would be committed statement by statement.
 */
final class JournalTransaction {
    private static final int SQLITE_ERROR = 1;

    /** What is written together. */
    interface Body {
        void run() throws SQLException;
    }

    private JournalTransaction() {}

    /** All of it or, when it throws, nothing. */
    static void run(Connection connection, Body body) throws SQLException {
        execute(connection, "BEGIN IMMEDIATE");
        try {
            body.run();
            execute(connection, "COMMIT");
        } catch (SQLException | RuntimeException e) {
            rollBack(connection, e);
            throw e;
        }
    }

    private static void rollBack(Connection connection, Exception reason) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            if ((e.getErrorCode() & 0xFF) != SQLITE_ERROR) { // that one says: the transaction is over already
                reason.addSuppressed(e);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
