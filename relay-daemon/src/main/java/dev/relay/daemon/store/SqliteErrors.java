package dev.relay.daemon.store;

import java.sql.SQLException;

/** What SQLite's result codes (https://sqlite.org/rescode.html) mean for a commit. */
final class SqliteErrors {
    /** Of our SQL: a table or column that must be there is not. */
    static final int ERROR = 1;

    static final int BUSY = 5;
    static final int LOCKED = 6;
    static final int CORRUPT = 11;
    static final int FULL = 13;
    static final int NOT_A_DATABASE = 26;

    /** The index of the log could not grow: on a full disk this is not said as FULL. */
    private static final int LOG_INDEX_SIZE = 10 | 19 << 8;

    /** Without the extension bits. */
    static int primaryCode(SQLException e) {
        return e.getErrorCode() & 0xFF;
    }

    /** Anything but a full disk and a passing lock means that the disk cannot be trusted. */
    static CommitOutcome outcome(SQLException e) {
        if (e.getErrorCode() == LOG_INDEX_SIZE) {
            return CommitOutcome.FULL;
        }
        return switch (primaryCode(e)) {
            case FULL -> CommitOutcome.FULL;
            case BUSY, LOCKED -> CommitOutcome.BUSY;
            default -> CommitOutcome.FATAL;
        };
    }

    private SqliteErrors() {}
}
