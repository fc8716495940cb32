package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sqlite.SQLiteConnection;

/**
 * What operators do with whole stores: copy one while its daemon runs, put a copy in place, begin anew after a loss. A store that is put in place gets an identity of
 * its own, so that nobody takes old numbers for new ones (I9). Nothing that was there is deleted; it goes to quarantine. One thread.
 */
public final class StoreBackup {
    private static final int PAGES_PER_STEP = 256;
    private static final String PARTIAL = ".partial";

    /** Copies the store to a file of its own, as of one moment, verifies the copy and makes it durable. */
    public static Map<String, Object> backup(Path dataDir, Path file, StoreProgress progress) throws StoreException {
        if (Files.exists(file)) {
            throw new StoreException(StoreException.Cause.IO, "the file exists already and is kept: file=" + file);
        }
        Path partial = file.resolveSibling(file.getFileName() + PARTIAL);
        try {
            Files.deleteIfExists(partial);
            Files.createFile(
                    partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (StoreView view = StoreView.open(dataDir)) {
                copy(view.connection(), partial, progress);
            }
            StoreCheck.Report report = check(partial, progress);
            SqliteSchema.sync(partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            SqliteSchema.syncDirectoryOf(file);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", file.toString());
            result.put("bytes", Files.size(file));
            result.putAll(report.asJson());
            return result;
        } catch (SQLException | IOException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot back up the store: " + e.getMessage(), e);
        }
    }

    /** One read transaction over the whole copy, so that commits meanwhile neither show nor make it start again. */
    private static void copy(Connection c, Path file, StoreProgress progress) throws SQLException {
        SqliteSchema.execute(c, "BEGIN");
        SqliteSchema.number(c, "SELECT count(*) FROM meta");
        int code = c.unwrap(SQLiteConnection.class)
                .getDatabase()
                .backup(
                        "main",
                        file.toString(),
                        (left, total) -> progress.at("copy", total - left, total),
                        10,
                        100,
                        PAGES_PER_STEP);
        SqliteSchema.execute(c, "COMMIT");
        if (code != 0) {
            throw new SQLException("the copy stopped: code=" + code, "", code);
        }
    }

    private static StoreCheck.Report check(Path file, StoreProgress progress) throws SQLException {
        try (Connection c = StoreView.connect(file, false)) {
            return new StoreCheck(c).run(progress);
        }
    }

    /** Puts a backup in place of whatever is there; no daemon may have the directory. */
    public static Map<String, Object> restore(Path file, Path dataDir, StoreProgress progress) throws StoreException {
        try {
            Files.createDirectories(
                    dataDir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            StoreLock lock = StoreLock.take(dataDir);
            try {
                return restoreLocked(file, dataDir, progress);
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot restore the store: " + e, e);
        } catch (SQLException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot restore the store: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> restoreLocked(Path file, Path dataDir, StoreProgress progress)
            throws StoreException, IOException, SQLException {
        Path work = Files.createTempDirectory(dataDir, "restore-");
        try {
            Path copy = work.resolve(Quarantine.DATABASE);
            progress.at("copy", 0, 0);
            Files.copy(file, copy);
            StoreIdentity.Identity identity = adopt(copy, file, dataDir, progress);
            SqliteSchema.sync(copy);
            Path old = Quarantine.move(dataDir, "replaced by a restore of " + file);
            try (StoreIdentity id = StoreIdentity.open(dataDir, true)) {
                id.forget();
                id.write(identity);
            }
            Files.move(copy, dataDir.resolve(Quarantine.DATABASE), StandardCopyOption.ATOMIC_MOVE);
            SqliteSchema.sync(dataDir);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("data_dir", dataDir.toString());
            result.put("store_uuid", identity.storeUuid());
            result.put("boot_no", identity.bootNo());
            result.put("before", old.toString());
            return result;
        } finally {
            StoreView.delete(work);
        }
    }

    /** Checks the copy, brings it up to this program's schema and gives it a uuid and a key of its own, above every boot number seen here. */
    private static StoreIdentity.Identity adopt(Path copy, Path file, Path dataDir, StoreProgress progress)
            throws StoreException, SQLException, IOException {
        try (Connection c = SqliteSchema.open(copy, true, true)) {
            StoreCheck.Report report = new StoreCheck(c).run(progress);
            if (!report.isWhole()) {
                throw new StoreException(
                        StoreException.Cause.CORRUPT,
                        "the backup is damaged: file=" + file + " findings=" + report.findingCount() + " first="
                                + report.findings().get(0));
            }
            long bootNo = Math.max(
                    SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'boot_no'"), bootNoSeen(dataDir));
            Transaction.run(c, () -> {
                SqliteSchema.newIdentity(c);
                SqliteSchema.putMeta(c, "boot_no", bootNo);
                SqliteSchema.putMeta(c, StoreFile.RESTORED, file.toString());
                new AuditChain(c)
                        .append(new Batch.Audit(
                                System.currentTimeMillis(), "store.restore", "operator", "file=" + file));
            });
            String uuid = SqliteSchema.text(c, "SELECT value FROM meta WHERE key = 'store_uuid'");
            SqliteSchema.execute(c, "PRAGMA wal_checkpoint(TRUNCATE)");
            return new StoreIdentity.Identity(uuid, bootNo);
        }
    }

    private static long bootNoSeen(Path dataDir) throws IOException {
        if (!StoreIdentity.exists(dataDir)) {
            return 0;
        }
        try (StoreIdentity id = StoreIdentity.open(dataDir, true)) {
            StoreIdentity.Identity identity = id.identity();
            return identity == null ? 0 : identity.bootNo();
        }
    }

    /** Says that what was lost stays lost: the next daemon makes an empty store. Refuses while there is a store. */
    public static Map<String, Object> acceptLoss(Path dataDir) throws StoreException {
        try {
            StoreLock lock = StoreLock.take(dataDir);
            try {
                return acceptLossLocked(dataDir);
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new StoreException(StoreException.Cause.IO, "cannot begin anew: " + e, e);
        }
    }

    private static Map<String, Object> acceptLossLocked(Path dataDir) throws StoreException, IOException {
        Path database = dataDir.resolve(Quarantine.DATABASE);
        if (Files.exists(database) && Files.size(database) > 0) {
            throw new StoreException(StoreException.Cause.IO, "a store is here, nothing was lost: file=" + database);
        }
        Path before = Quarantine.move(dataDir, "the loss was accepted by an operator");
        Files.deleteIfExists(dataDir.resolve(StoreIdentity.FILE));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("data_dir", dataDir.toString());
        result.put("before", before.toString());
        return result;
    }

    private StoreBackup() {}
}
