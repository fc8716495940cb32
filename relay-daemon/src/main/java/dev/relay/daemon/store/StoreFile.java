package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open store: the one write connection and what works on it. Opening checks everything and raises the boot number; a damaged store is put aside and refused (I31).
 * After a failure of the disk nothing is written or synced any more, not even by closing (I30). One thread at a time: whoever opens it, then the store thread.
 */
final class StoreFile implements AutoCloseable {
    /** Key in {@code meta} from a restore to the first start after it. */
    static final String RESTORED = "restored";

    private static final Logger LOG = LoggerFactory.getLogger(StoreFile.class);

    private final Path dataDir;
    private final Connection connection;
    private final StoreIdentity identity;
    private final Ballast ballast;
    final Recovered recovered;
    final BatchWriter writer;
    final StoreReads reads;
    final Upkeep upkeep;
    private volatile boolean hasFailed;

    private StoreFile(
            StoreSettings settings, Connection connection, StoreIdentity identity, Recovered recovered, KeptTables kept)
            throws SQLException, IOException {
        this.dataDir = settings.dataDir();
        this.connection = connection;
        this.identity = identity;
        this.recovered = recovered;
        this.writer = new BatchWriter(connection, recovered.attempts(), kept);
        this.reads = new StoreReads(connection);
        this.upkeep = new Upkeep(connection, settings, writer, reads);
        this.ballast = new Ballast(dataDir, settings.ballastBytes());
        ballast.hold();
        upkeep.measure();
    }

    /** Opens the store, or makes it where none was. */
    static StoreFile open(StoreSettings settings) throws StoreException {
        try {
            return openChecked(settings);
        } catch (StoreException e) {
            throw e.reason() == StoreException.Cause.CORRUPT ? setAside(settings.dataDir(), e) : e;
        }
    }

    private static StoreFile openChecked(StoreSettings settings) throws StoreException {
        Path dir = settings.dataDir();
        Connection c = null;
        StoreIdentity id = null;
        boolean isOpen = false;
        try {
            boolean isExpected = StoreIdentity.exists(dir);
            Quarantine.keepLog(dir);
            c = SqliteSchema.open(dir.resolve(Quarantine.DATABASE), settings.isFullSync(), isExpected);
            id = StoreIdentity.open(dir, settings.isFullSync());
            checkIdentity(dir, c, id);
            Recovery recovery = new Recovery(c);
            Recovered plain = recovery.read();
            KeptTables kept = new KeptTables(c);
            Recovered recovered = plain.with(kept.open(plain.bootNo()));
            alarmAfterRestore(c, recovered);
            recovery.damagedFrames().forEach(frame -> LOG.error("frame_damaged {}", frame));
            id.write(new StoreIdentity.Identity(recovered.storeUuid(), recovered.bootNo()));
            id.committed(SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'last_batch'"));
            StoreFile file = new StoreFile(settings, c, id, recovered, kept);
            Quarantine.dropKeptLog(dir);
            isOpen = true;
            return file;
        } catch (SQLException e) {
            throw cannotRead(e);
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Cause.IO, "cannot open the store: dir=" + dir + ": " + e.getMessage(), e);
        } finally {
            if (!isOpen) {
                close(c, id);
            }
        }
    }

    /** Once: whoever knew the store before meets another one now (I9). */
    private static void alarmAfterRestore(Connection c, Recovered recovered) throws SQLException {
        String from = SqliteSchema.text(c, "SELECT value FROM meta WHERE key = '" + RESTORED + "'");
        if (!from.isEmpty()) {
            LOG.warn(
                    "store_restored from={} store_uuid={} boot_no={} hint=agents reset what they know of the store",
                    from,
                    recovered.storeUuid(),
                    recovered.bootNo());
            SqliteSchema.execute(c, "DELETE FROM meta WHERE key = '" + RESTORED + "'");
        }
    }

    private static StoreException cannotRead(SQLException e) {
        StoreException.Cause cause = SqliteErrors.primaryCode(e) == SqliteErrors.CORRUPT
                ? StoreException.Cause.CORRUPT
                : StoreException.Cause.IO;
        return new StoreException(cause, "cannot read the store: " + e.getMessage(), e);
    }

    /** The store must be the one that was here, and as new. A log that lost its end, or an old copy put in place by hand, shows here. */
    private static void checkIdentity(Path dir, Connection c, StoreIdentity id)
            throws SQLException, IOException, StoreException {
        StoreIdentity.Identity was = id.identity();
        String uuid = SqliteSchema.text(c, "SELECT value FROM meta WHERE key = 'store_uuid'");
        if (was != null && !was.storeUuid().equals(uuid)) {
            throw new StoreException(
                    StoreException.Cause.FOREIGN,
                    "this is not the store that was here: dir=" + dir + " store_uuid=" + uuid + " expected="
                            + was.storeUuid() + "; put a store in place with: relay store restore FILE --data-dir DIR");
        }
        long bootNo = SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'boot_no'");
        long lastBatch = SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'last_batch'");
        if (was != null && (bootNo < was.bootNo() || lastBatch < id.lastBatch())) {
            throw new StoreException(
                    StoreException.Cause.CORRUPT,
                    "the store went back in time, commits are missing: dir=" + dir + " boot_no=" + bootNo + " expected="
                            + was.bootNo() + " last_batch=" + lastBatch + " expected=" + id.lastBatch());
        }
    }

    private static StoreException setAside(Path dir, StoreException damage) {
        try {
            Path where = Quarantine.move(dir, String.valueOf(damage.getMessage()));
            return new StoreException(
                    StoreException.Cause.CORRUPT,
                    damage.getMessage() + "; it was moved to " + where
                            + ", nothing was deleted, and no empty store takes"
                            + " its place. Restore a backup: relay store restore FILE --data-dir " + dir,
                    damage);
        } catch (IOException e) {
            damage.addSuppressed(e);
            return damage;
        }
    }

    boolean hasFailed() {
        return hasFailed;
    }

    /** The disk can no longer be trusted. */
    void fail() {
        hasFailed = true;
    }

    /** Makes a batch durable; {@code isIdle}: nothing else waits. */
    CommitOutcome commit(Batch batch, boolean isIdle) {
        if (hasFailed) {
            return CommitOutcome.FATAL;
        }
        try {
            CommitOutcome outcome = write(batch);
            if (outcome == CommitOutcome.FULL && ballast.free()) {
                LOG.warn("store_full ballast=freed");
                outcome = write(batch);
            }
            return outcome == CommitOutcome.COMMITTED ? settle(batch, isIdle) : outcome;
        } catch (SQLException e) {
            return failed(e);
        } catch (IOException e) {
            LOG.error("store_failed", e);
            hasFailed = true;
            return CommitOutcome.FATAL;
        }
    }

    private CommitOutcome write(Batch batch) throws IOException {
        if (batch.isEmpty()) {
            return CommitOutcome.COMMITTED;
        }
        try {
            writer.write(batch);
        } catch (SQLException e) {
            return failed(e);
        }
        try {
            identity.committed(batch.no);
        } catch (IOException e) {
            if (!Ballast.isNoSpace(e)) {
                throw e;
            }
        }
        return CommitOutcome.COMMITTED;
    }

    private CommitOutcome failed(SQLException e) {
        CommitOutcome outcome = SqliteErrors.outcome(e);
        if (outcome == CommitOutcome.FATAL) {
            LOG.error("store_failed code={}", e.getErrorCode(), e);
            hasFailed = true;
        }
        return outcome;
    }

    /** After a commit: upkeep, and the ballast if it is missing. A full disk harms neither. */
    private CommitOutcome settle(Batch batch, boolean isIdle) throws SQLException, IOException {
        boolean wasFull = !ballast.isHeld();
        try {
            if (batch.isEmpty()) {
                // Whoever asks for room again and again leaves no idle moment: the asking is the moment.
                upkeep.step();
            } else {
                upkeep.onCommit(batch.frames().position() + 4_096L, isIdle, wasFull);
            }
        } catch (SQLException e) {
            if (failed(e) == CommitOutcome.FATAL) {
                throw e;
            }
        }
        if (wasFull) {
            ballast.hold();
            if (ballast.isHeld()) {
                LOG.info("store_full ballast=held");
            }
        }
        return ballast.isHeld() && !upkeep.isOverLimit() ? CommitOutcome.COMMITTED : CommitOutcome.COMMITTED_ON_RESERVE;
    }

    /** With the log moved into the database, unless the disk has failed. */
    @Override
    public void close() throws SQLException, IOException {
        if (hasFailed) {
            // Closing the last connection would write and sync the log. The process is about to end.
            identity.close();
            return;
        }
        if (Files.isWritable(dataDir)) {
            SqliteSchema.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        connection.close();
        identity.close();
    }

    private static void close(
            @org.jspecify.annotations.Nullable Connection c, @org.jspecify.annotations.Nullable StoreIdentity id) {
        try {
            if (c != null) {
                c.close();
            }
            if (id != null) {
                id.close();
            }
        } catch (SQLException e) {
            LOG.warn("store_close_failed", e);
        } catch (IOException e) {
            LOG.warn("store_close_failed", e);
        }
    }
}
