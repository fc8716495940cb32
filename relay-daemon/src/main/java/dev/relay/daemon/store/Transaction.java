package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A write transaction in SQLite's own words. JDBC's mode of commit and rollback loses its place when SQLite has ended a transaction by itself, as it does when the disk is full: what
 * follows would be committed statement by statement.
 */
final class Transaction {
    @FunctionalInterface
    interface Body {
        void run() throws SQLException;
    }

    /** All of it or, when it throws, nothing. */
    static void run(Connection c, Body body) throws SQLException {
        execute(c, "BEGIN IMMEDIATE");
        try {
            body.run();
            execute(c, "COMMIT");
        } catch (SQLException e) {
            rollback(c, e);
            throw e;
        }
    }

    private static void rollback(Connection c, SQLException reason) {
        try {
            execute(c, "ROLLBACK");
        } catch (SQLException e) {
            boolean isOverAlready = SqliteErrors.primaryCode(e) == SqliteErrors.ERROR;
            if (!isOverAlready) {
                reason.addSuppressed(e);
            }
        }
    }

    private static void execute(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.execute(sql);
        }
    }

    private Transaction() {}
}
