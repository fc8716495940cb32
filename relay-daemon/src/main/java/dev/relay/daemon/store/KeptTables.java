package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tables behind {@link KeptRows}: plain appended rows under rising numbers, deleted from the low end in chunks of at most {@value #CHUNK} per commit. Also tells
 * whether the machine was booted since the last start, by the system's boot id. Store thread only, after {@link #read}.
 */
final class KeptTables {
    static final int CHUNK = 1_000;

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String[] TABLES = {
        "CREATE TABLE IF NOT EXISTS kept(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS lane_option(lane INTEGER PRIMARY KEY, on_dead_letter INTEGER, overflow INTEGER,"
                + " released_epoch INTEGER, released_seq INTEGER, revived_no INTEGER)",
        "CREATE TABLE IF NOT EXISTS app_id(no INTEGER PRIMARY KEY, stream INTEGER, epoch INTEGER, seq INTEGER,"
                + " high INTEGER, low INTEGER, content INTEGER, at_ms INTEGER)",
        "CREATE TABLE IF NOT EXISTS journal(no INTEGER PRIMARY KEY, at_ms INTEGER, namespace TEXT, sender TEXT,"
                + " target TEXT, class TEXT, epoch INTEGER, seq INTEGER, id_msb INTEGER, id_lsb INTEGER, frame BLOB)"
    };

    private final Connection connection;
    private final RowWriter writer;

    KeptTables(Connection connection) {
        this.connection = connection;
        this.writer = new RowWriter(connection);
    }

    /** Reads the tables, in one transaction with what that notes down. */
    KeptRows.Kept open(long bootNo) throws SQLException {
        KeptRows.@Nullable Kept[] read = new KeptRows.Kept[1];
        Transaction.run(connection, () -> read[0] = read(bootNo));
        return Objects.requireNonNull(read[0]);
    }

    /** A step of the schema: the tables, which later steps give their checksums. Inside the caller's transaction. */
    static void create(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            for (String table : TABLES) {
                s.execute(table);
            }
        }
    }

    private KeptRows.Kept read(long bootNo) throws SQLException {
        return new KeptRows.Kept(
                osBootFirst(bootNo, osBoot(bootNo)),
                number("last_dead_letter"),
                lastJournal(),
                options(),
                appIds(),
                documents());
    }

    /** The id of this boot of the machine; without one, every start counts as a boot. */
    private static String osBoot(long bootNo) {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return "unknown-" + bootNo;
        }
    }

    private long osBootFirst(long bootNo, String osBoot) throws SQLException {
        if (osBoot.equals(value("os_boot"))) {
            return number("os_boot_first");
        }
        put("os_boot", osBoot);
        put("os_boot_first", bootNo);
        return bootNo;
    }

    private @Nullable Object value(String key) throws SQLException {
        try (PreparedStatement p = connection.prepareStatement("SELECT value FROM kept WHERE key = ?")) {
            p.setString(1, key);
            try (ResultSet r = p.executeQuery()) {
                return r.next() ? r.getObject(1) : null;
            }
        }
    }

    private long number(String key) throws SQLException {
        return value(key) instanceof Number n ? n.longValue() : 0;
    }

    private void put(String key, Object value) throws SQLException {
        writer.runSummed(
                "INSERT INTO kept VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value,"
                        + " sum = excluded.sum",
                key,
                value);
    }

    private long lastJournal() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT max(no) FROM journal")) {
            return Math.max(number("last_journal"), r.next() ? r.getLong(1) : 0);
        }
    }

    private List<KeptRows.LaneOptionRow> options() throws SQLException {
        List<KeptRows.LaneOptionRow> rows = new ArrayList<>();
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery(
                        "SELECT lane, on_dead_letter, overflow, released_epoch, released_seq, revived_no FROM lane_option")) {
            while (r.next()) {
                rows.add(new KeptRows.LaneOptionRow(
                        r.getInt(1), r.getInt(2), r.getInt(3), r.getLong(4), r.getLong(5), r.getLong(6)));
            }
        }
        return rows;
    }

    private List<KeptRows.Document> documents() throws SQLException {
        List<KeptRows.Document> rows = new ArrayList<>();
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT desk, namespace, key, body FROM document")) {
            while (r.next()) {
                rows.add(new KeptRows.Document(r.getString(1), r.getString(2), r.getString(3), r.getBytes(4)));
            }
        }
        return rows;
    }

    private long[] appIds() throws SQLException {
        long[] rows = new long[KeptRows.APP_ID_LONGS * 64];
        int n = 0;
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT * FROM app_id ORDER BY no")) {
            while (r.next()) {
                if (n == rows.length) {
                    rows = Arrays.copyOf(rows, 2 * n);
                }
                for (int i = 1; i <= KeptRows.APP_ID_LONGS; i++) {
                    rows[n++] = r.getLong(i);
                }
            }
        }
        return Arrays.copyOf(rows, n);
    }

    /** Inside the batch's transaction. */
    void write(Batch batch) throws SQLException {
        KeptRows kept = batch.kept;
        if (!batch.deadLetters.isEmpty()) {
            put(
                    "last_dead_letter",
                    batch.deadLetters.get(batch.deadLetters.size() - 1).row().no());
        }
        for (Long no : kept.revived) {
            writer.run("DELETE FROM dead_letter WHERE no = ?", no);
            writer.run("DELETE FROM dead_position WHERE no = ?", no);
        }
        for (KeptRows.LaneOptionRow o : kept.laneOptions) {
            writer.runSummed(
                    "INSERT INTO lane_option(lane, on_dead_letter, overflow, released_epoch,"
                            + " released_seq, revived_no, sum) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(lane) DO UPDATE SET"
                            + " on_dead_letter = excluded.on_dead_letter, overflow = excluded.overflow,"
                            + " released_epoch = excluded.released_epoch, released_seq = excluded.released_seq,"
                            + " revived_no = excluded.revived_no, sum = excluded.sum",
                    o.lane(),
                    o.onDeadLetter(),
                    o.overflow(),
                    o.releasedEpoch(),
                    o.releasedSeq(),
                    o.revivedNo());
        }
        appIds(kept);
        journal(kept);
        documents(kept);
    }

    private void appIds(KeptRows kept) throws SQLException {
        for (int i = 0; i < kept.appIdCount(); i++) {
            writer.runSummed(
                    "INSERT INTO app_id VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    kept.appId(i, 0),
                    kept.appId(i, 1),
                    kept.appId(i, 2),
                    kept.appId(i, 3),
                    kept.appId(i, 4),
                    kept.appId(i, 5),
                    kept.appId(i, 6),
                    kept.appId(i, 7));
        }
        for (long no : kept.earlyAppIds) {
            writer.run("DELETE FROM app_id WHERE no = ?", no);
        }
        if (kept.forgetAppIdsTo > 0) {
            writer.run("DELETE FROM app_id WHERE no <= ?", kept.forgetAppIdsTo);
        }
    }

    private void documents(KeptRows kept) throws SQLException {
        for (KeptRows.Document d : kept.documents) {
            if (d.body() == null) {
                writer.run(
                        "DELETE FROM document WHERE desk = ? AND namespace = ? AND key = ?",
                        d.desk(),
                        d.namespace(),
                        d.key());
            } else {
                writer.runSummed(
                        "INSERT INTO document VALUES(?, ?, ?, ?, ?) ON CONFLICT(desk, namespace, key) DO UPDATE SET"
                                + " body = excluded.body, sum = excluded.sum",
                        d.desk(),
                        d.namespace(),
                        d.key(),
                        d.body());
            }
        }
    }

    private void journal(KeptRows kept) throws SQLException {
        for (KeptRows.JournalRow j : kept.journal) {
            writer.runSummed(
                    "INSERT INTO journal VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    j.no(),
                    j.atMs(),
                    j.namespace(),
                    j.sender(),
                    j.target(),
                    j.laneClass(),
                    j.epoch(),
                    j.seq(),
                    j.idMsb(),
                    j.idLsb(),
                    j.frame());
        }
        if (!kept.journal.isEmpty()) {
            put("last_journal", kept.journal.get(kept.journal.size() - 1).no());
        }
        if (kept.forgetJournalBeforeMs > 0) {
            writer.run(
                    "DELETE FROM journal WHERE no < (SELECT min(no) FROM journal) + " + CHUNK + " AND at_ms < ?",
                    kept.forgetJournalBeforeMs);
        }
    }
}
