package dev.relay.daemon.store;

import java.sql.SQLException;

/** What SQLite's result codes (https://sqlite.org/rescode.html) mean for a commit. */
final class SqliteErrors {
    static final int BUSY = 5;
    static final int LOCKED = 6;
    static final int CORRUPT = 11;
    static final int FULL = 13;
    static final int NOT_A_DATABASE = 26;

    /** Without the extension bits. */
    static int primaryCode(SQLException e) {
        return e.getErrorCode() & 0xFF;
    }

    /** Anything but a full disk and a passing lock means that the disk cannot be trusted. */
    static CommitOutcome outcome(SQLException e) {
        return switch (primaryCode(e)) {
            case FULL -> CommitOutcome.FULL;
            case BUSY, LOCKED -> CommitOutcome.BUSY;
            default -> CommitOutcome.FATAL;
        };
    }

    private SqliteErrors() {}
}
