package dev.relay.daemon.store;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The schema as the steps that lead to it: step n makes version n out of version n - 1. A new store runs all of them, an older one those it lacks, each time in one
 * transaction, so that a crash in between leaves the old version as it was. A step that has been released is never changed: append another one.
 */
final class SchemaSteps {
    private interface Step {
        void run(Connection c) throws SQLException;
    }

    private static final List<Step> STEPS =
            List.of(SchemaSteps::tables, SchemaSteps::checksums, SchemaSteps::kept, SchemaSteps::documents);

    /** The newest version, which this program writes. */
    static final int VERSION = STEPS.size();

    /** Inside the caller's transaction. */
    static void run(Connection c, int from, int to) throws SQLException {
        for (Step step : STEPS.subList(from, to)) {
            step.run(c);
        }
    }

    private static void tables(Connection c) throws SQLException {
        execute(
                c,
                "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
                "CREATE TABLE agent(namespace TEXT, name TEXT, uid INTEGER, epoch INTEGER, PRIMARY KEY(namespace, name))"
                        + " WITHOUT ROWID",
                "CREATE TABLE stream(id INTEGER PRIMARY KEY, namespace TEXT, sender TEXT, target TEXT, class INTEGER,"
                        + " epoch INTEGER, mark INTEGER)",
                "CREATE TABLE lane(id INTEGER PRIMARY KEY, namespace TEXT, sender TEXT, recipient TEXT, class INTEGER,"
                        + " epoch INTEGER, floor INTEGER, finished BLOB)",
                "CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
                "CREATE TABLE subscription(namespace TEXT, agent TEXT, pattern TEXT,"
                        + " PRIMARY KEY(namespace, agent, pattern)) WITHOUT ROWID",
                "CREATE TABLE segment(no INTEGER PRIMARY KEY, wall_ms INTEGER, boot_no INTEGER, entries BLOB,"
                        + " frames BLOB)",
                "CREATE TABLE segment_lane(lane INTEGER, segment INTEGER, last_epoch INTEGER, last_seq INTEGER,"
                        + " PRIMARY KEY(lane, segment)) WITHOUT ROWID",
                "CREATE INDEX segment_lane_segment ON segment_lane(segment)",
                "CREATE TABLE attempt(lane INTEGER, epoch INTEGER, seq INTEGER, attempts INTEGER, crashes INTEGER,"
                        + " due_offset_ms INTEGER, first_at_ms INTEGER, error TEXT, PRIMARY KEY(lane, epoch, seq))"
                        + " WITHOUT ROWID",
                "CREATE TABLE dead_letter(no INTEGER PRIMARY KEY, lane INTEGER, id_msb INTEGER, id_lsb INTEGER,"
                        + " sender TEXT, target TEXT, class TEXT, epoch INTEGER, seq INTEGER, kind TEXT, reason INTEGER,"
                        + " attempts INTEGER, first_at_ms INTEGER, dead_at_ms INTEGER, error TEXT, bytes INTEGER,"
                        + " frame BLOB)",
                "CREATE TABLE dead_position(no INTEGER PRIMARY KEY, lane INTEGER, stream INTEGER, epoch INTEGER,"
                        + " seq INTEGER, reason INTEGER, attempts INTEGER)",
                "CREATE INDEX dead_position_lane ON dead_position(lane, epoch, seq)",
                "CREATE TABLE audit(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, op TEXT, who TEXT, what TEXT)");
    }

    /** A checksum in every row of state, the number of the newest batch, and the hash that chains audit rows. */
    private static void checksums(Connection c) throws SQLException {
        execute(
                c,
                "ALTER TABLE meta ADD COLUMN sum INTEGER",
                "ALTER TABLE agent ADD COLUMN sum INTEGER",
                "ALTER TABLE stream ADD COLUMN name_sum INTEGER",
                "ALTER TABLE stream ADD COLUMN sum INTEGER",
                "ALTER TABLE lane ADD COLUMN name_sum INTEGER",
                "ALTER TABLE lane ADD COLUMN sum INTEGER",
                "ALTER TABLE kind ADD COLUMN sum INTEGER",
                "ALTER TABLE subscription ADD COLUMN sum INTEGER",
                "ALTER TABLE segment ADD COLUMN sum INTEGER",
                "ALTER TABLE attempt ADD COLUMN sum INTEGER",
                "ALTER TABLE dead_letter ADD COLUMN sum INTEGER",
                "ALTER TABLE dead_letter ADD COLUMN frame_sum INTEGER",
                "ALTER TABLE dead_position ADD COLUMN sum INTEGER",
                "ALTER TABLE audit ADD COLUMN hash BLOB",
                "INSERT INTO meta(key, value) SELECT 'last_batch', coalesce(max(no), 0) FROM segment");
        SummedTable.META.fill(c);
        SummedTable.AGENT.fill(c);
        SummedTable.STREAM_NAMES.fill(c);
        SummedTable.STREAM_MARK.fill(c);
        SummedTable.LANE_NAMES.fill(c);
        SummedTable.LANE_FLOOR.fill(c);
        SummedTable.KIND.fill(c);
        SummedTable.SUBSCRIPTION.fill(c);
        SummedTable.SEGMENT.fill(c);
        SummedTable.ATTEMPT.fill(c);
        SummedTable.DEAD_LETTER.fill(c);
        SummedTable.DEAD_LETTER_FRAME.fill(c);
        SummedTable.DEAD_POSITION.fill(c);
    }

    /** Application ids, the journal, options of lanes. */
    private static void kept(Connection c) throws SQLException {
        KeptTables.create(c);
        for (SummedTable table :
                List.of(SummedTable.KEPT, SummedTable.LANE_OPTION, SummedTable.APP_ID, SummedTable.JOURNAL)) {
            execute(c, "ALTER TABLE " + table.table() + " ADD COLUMN sum INTEGER");
            table.fill(c);
        }
    }

    /** Rows of the daemon's desks. */
    private static void documents(Connection c) throws SQLException {
        execute(
                c,
                "CREATE TABLE document(desk TEXT, namespace TEXT, key TEXT, body BLOB, sum INTEGER,"
                        + " PRIMARY KEY(desk, namespace, key)) WITHOUT ROWID");
    }

    private static void execute(Connection c, String... statements) throws SQLException {
        try (Statement s = c.createStatement()) {
            for (String sql : statements) {
                s.execute(sql);
            }
        }
    }

    /** By the first bytes of a file; see https://sqlite.org/fileformat.html. */
    static boolean isSqlite(byte[] header) {
        byte[] magic = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
        return header.length >= 100 && java.util.Arrays.equals(header, 0, magic.length, magic, 0, magic.length);
    }

    private SchemaSteps() {}
}
