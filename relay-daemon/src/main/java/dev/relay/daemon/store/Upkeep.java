package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the store does for itself, in small steps between commits or, when the store is never idle, one step per {@value #BUSY_COMMITS} commits: moves the log into the database, deletes and rewrites
 * segments, gives free pages back to the file system, watches sizes. Store thread only.
 */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    /** Above this the log is too long: somebody reads for too long, and the log cannot start anew. */
    static final long LOG_ALARM_BYTES = 64L << 20;

    private static final int BUSY_COMMITS = 1_024;
    private static final int BUSY_FACTOR = 8;
    private static final long FULL_CHECKPOINT_BYTES = 256 << 10;
    private static final int FREE_PAGES_KEPT = 256;
    private static final int VACUUM_PAGES = 1_024;
    private static final int SIZE_COMMITS = 64;

    private final Connection connection;
    private final StoreSettings settings;
    private final BatchWriter writer;
    private final SegmentSweep sweep;
    private final Path database;
    private final Path log;
    private long bytesSinceCheckpoint;
    private long commits;
    private boolean isVacuuming;
    private boolean isLogTooLong;
    private boolean isOverLimit;
    private boolean isDue = true;
    private volatile StoreFacts facts = StoreFacts.NONE;

    Upkeep(Connection connection, StoreSettings settings, BatchWriter writer, StoreReads reads) {
        this.writer = writer;
        this.connection = connection;
        this.settings = settings;
        this.sweep = new SegmentSweep(connection, reads);
        this.database = settings.dataDir().resolve(Quarantine.DATABASE);
        this.log = settings.dataDir().resolve(Quarantine.DATABASE + "-wal");
    }

    /** Any thread. */
    StoreFacts facts() {
        return facts;
    }

    /** True when a step may find something to do. */
    boolean isDue() {
        return isDue;
    }

    /** True when the store has grown past its limit, as of a few commits ago. */
    boolean isOverLimit() {
        return isOverLimit;
    }

    void onCommit(long bytes, boolean isIdle, boolean isFull) throws SQLException, IOException {
        isDue = true;
        bytesSinceCheckpoint += bytes;
        commits++;
        sweep.onCommit();
        long most = isFull ? FULL_CHECKPOINT_BYTES : settings.checkpointBytes() * (isIdle ? 1 : BUSY_FACTOR);
        if (bytesSinceCheckpoint >= most) {
            checkpoint();
        }
        if (commits % SIZE_COMMITS == 0) {
            measure();
        }
        if (commits % BUSY_COMMITS == 0) {
            step();
        }
    }

    /** One bounded piece of work. */
    void step() throws SQLException, IOException {
        if (writer.deleteMore() || sweep.step() || vacuum()) {
            bytesSinceCheckpoint++;
        } else if (bytesSinceCheckpoint > 0) {
            checkpoint();
        } else {
            isDue = false;
        }
        measure();
    }

    private void checkpoint() throws SQLException {
        bytesSinceCheckpoint = 0;
        execute("PRAGMA wal_checkpoint(PASSIVE)");
    }

    /** Only when more than half of the file is free, and then down to what the next messages will want. */
    private boolean vacuum() throws SQLException {
        long free = SqliteSchema.number(connection, "PRAGMA freelist_count");
        long pages = SqliteSchema.number(connection, "PRAGMA page_count");
        isVacuuming = free > FREE_PAGES_KEPT && (isVacuuming || 2 * free > pages);
        if (isVacuuming) {
            execute("PRAGMA incremental_vacuum(" + Math.min(VACUUM_PAGES, free - FREE_PAGES_KEPT) + ")");
            isVacuuming = SqliteSchema.number(connection, "PRAGMA freelist_count") < free;
        }
        return isVacuuming;
    }

    private void execute(String sql) throws SQLException {
        try (Statement s = connection.createStatement()) {
            // Not execute(): it would take one step, which is one page of a vacuum.
            s.executeUpdate(sql);
        }
    }

    void measure() throws SQLException, IOException {
        long pageBytes = SqliteSchema.number(connection, "PRAGMA page_size");
        long freeBytes = SqliteSchema.number(connection, "PRAGMA freelist_count") * pageBytes;
        long usedBytes = SqliteSchema.number(connection, "PRAGMA page_count") * pageBytes - freeBytes;
        long logBytes = Files.exists(log) ? Files.size(log) : 0;
        isOverLimit = settings.maxBytes() > 0 && usedBytes > settings.maxBytes();
        alarm(logBytes);
        facts = new StoreFacts(Files.size(database), usedBytes, logBytes, isLogTooLong, sweep.rewritten());
    }

    private void alarm(long logBytes) {
        if (logBytes > LOG_ALARM_BYTES && !isLogTooLong) {
            isLogTooLong = true;
            LOG.warn(
                    "store_log_long bytes={} limit={} hint=a reader of the store holds it; end it",
                    logBytes,
                    LOG_ALARM_BYTES);
        } else if (logBytes < LOG_ALARM_BYTES / 2 && isLogTooLong) {
            isLogTooLong = false;
            LOG.info("store_log_short bytes={}", logBytes);
        }
    }
}
