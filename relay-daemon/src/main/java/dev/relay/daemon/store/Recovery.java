package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads the whole state but the payloads at start, and raises the boot number in a commit of its own, before anything is served (rule R1). A pair of lane and frame is pending when it
 * is neither finished nor dead; that is decided here from floors, finished sets and dead positions, so nothing has to be kept up to date but these.
 */
final class Recovery {
    /** Dead positions beyond the newest so many are forgotten once their SKIP is acked and their sender can ask for them no more. */
    static final int DEAD_POSITIONS = 10_000;

    private static final String LANES_OF_SEGMENT =
            "SELECT lane, last_epoch, last_seq FROM segment_lane INDEXED BY segment_lane_segment WHERE segment = ?";

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static final class Pending {
        int messages;
        long bytes;
    }

    private final Connection connection;
    private final Map<Integer, Finished> finished = new HashMap<>();
    private final Map<Integer, Pending> pending = new HashMap<>();
    private final List<Recovered.SegmentRow> segments = new ArrayList<>();

    private final List<String> damagedFrames = new ArrayList<>();

    Recovery(Connection connection) {
        this.connection = connection;
    }

    /** Frames that do not match their sums, each by its lane and position. They are pending and become dead letters CORRUPT when they are read. */
    List<String> damagedFrames() {
        return damagedFrames;
    }

    Recovered read() throws SQLException {
        long bootNo = SqliteSchema.number(connection, "SELECT value FROM meta WHERE key = 'boot_no'") + 1;
        Transaction.run(connection, () -> {
            SqliteSchema.putMeta(connection, "boot_no", bootNo);
            pruneDeadPositions();
        });
        List<Recovered.LaneRow> lanes = rows("SELECT * FROM lane", this::lane);
        List<Recovered.SkipRow> skips = skips();
        countPending();
        Map<String, byte[]> meta = meta();
        return new Recovered(
                new String(Objects.requireNonNull(meta.get("store_uuid")), java.nio.charset.StandardCharsets.UTF_8),
                bootNo,
                Objects.requireNonNull(meta.get("store_key")),
                Math.max(
                        SqliteSchema.number(connection, "SELECT max(no) FROM segment"),
                        SqliteSchema.number(connection, "SELECT value FROM meta WHERE key = 'last_batch'")),
                SqliteSchema.number(
                        connection,
                        "SELECT max(n) FROM (SELECT max(no) n FROM dead_letter UNION SELECT max(no) FROM dead_position)"),
                rows(
                        "SELECT * FROM agent",
                        r -> new Recovered.AgentRow(r.getString(1), r.getString(2), r.getInt(3), r.getLong(4))),
                rows("SELECT * FROM stream", Recovery::stream),
                lanes.stream().map(this::withPending).toList(),
                rows("SELECT * FROM kind", r -> new Recovered.KindRow(r.getInt(1), r.getString(2))),
                rows(
                        "SELECT * FROM subscription",
                        r -> new Recovered.SubscriptionRow(r.getString(1), r.getString(2), r.getString(3))),
                rows("SELECT * FROM attempt", Recovery::attempt),
                skips,
                rows(
                        "SELECT stream, epoch, seq, reason, attempts FROM dead_position ORDER BY no DESC LIMIT "
                                + DEAD_POSITIONS,
                        r -> new Recovered.DeadRow(r.getInt(1), r.getLong(2), r.getLong(3), r.getInt(4), r.getInt(5))),
                segments);
    }

    private void pruneDeadPositions() throws SQLException {
        try (Statement s = connection.createStatement()) {
            s.executeUpdate(
                    "DELETE FROM dead_position WHERE no <= (SELECT max(no) FROM dead_position) - " + DEAD_POSITIONS
                            + " AND EXISTS (SELECT 1 FROM lane l WHERE l.id = lane AND (dead_position.epoch < l.epoch"
                            + " OR (dead_position.epoch = l.epoch AND seq <= l.floor)))"
                            + " AND NOT EXISTS (SELECT 1 FROM stream s WHERE s.id = stream"
                            + " AND s.epoch = dead_position.epoch)");
        }
    }

    private Recovered.LaneRow lane(ResultSet r) throws SQLException {
        long[] above = Finished.decode(r.getBytes(8));
        finished.put(r.getInt(1), new Finished(r.getLong(6), r.getLong(7), above));
        return new Recovered.LaneRow(
                r.getInt(1),
                r.getString(2),
                r.getString(3),
                r.getString(4),
                r.getInt(5),
                r.getLong(6),
                r.getLong(7),
                above,
                0,
                0);
    }

    private Recovered.LaneRow withPending(Recovered.LaneRow l) {
        Pending p = pending.getOrDefault(l.id(), new Pending());
        return new Recovered.LaneRow(
                l.id(),
                l.namespace(),
                l.sender(),
                l.recipient(),
                l.laneClass(),
                l.epoch(),
                l.floor(),
                l.finished(),
                p.messages,
                p.bytes);
    }

    /** Dead positions above their lane's floor that no SKIP has finished yet; they count as finished for what is pending. */
    private List<Recovered.SkipRow> skips() throws SQLException {
        List<Recovered.SkipRow> skips = new ArrayList<>();
        for (Recovered.SkipRow skip : rows(
                "SELECT lane, epoch, seq, reason FROM dead_position ORDER BY lane, epoch, seq",
                r -> new Recovered.SkipRow(r.getInt(1), r.getLong(2), r.getLong(3), r.getInt(4)))) {
            Finished lane = finished.get(skip.lane());
            if (lane != null && !lane.contains(skip.epoch(), skip.seq())) {
                skips.add(skip);
                lane.add(skip.epoch(), skip.seq());
            }
        }
        return skips;
    }

    private void countPending() throws SQLException {
        int lanesInSegments = 0;
        try (PreparedStatement lanesOf = connection.prepareStatement(LANES_OF_SEGMENT);
                Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT no, entries, frames FROM segment ORDER BY no")) {
            while (r.next()) {
                SegmentEntries entries = SegmentEntries.of(r.getBytes(2));
                segments.add(new Recovered.SegmentRow(r.getLong(1), countPending(entries, r.getBytes(3))));
                lanesInSegments += checkLanes(lanesOf, r.getLong(1), entries);
            }
        }
        long rows = SqliteSchema.number(connection, "SELECT count(*) FROM segment_lane");
        if (rows != lanesInSegments) {
            throw corrupt("segment_lane has " + rows + " rows for " + lanesInSegments);
        }
    }

    /** What says where a lane's frames are must say what the segments say, or a frame would never be found. */
    private static int checkLanes(PreparedStatement lanesOf, long segment, SegmentEntries entries) throws SQLException {
        Map<Integer, long[]> expected = BatchWriter.lastPositions(entries);
        lanesOf.setLong(1, segment);
        try (ResultSet r = lanesOf.executeQuery()) {
            while (r.next()) {
                long[] last = expected.get(r.getInt(1));
                if (last == null || last[0] != r.getLong(2) || last[1] != r.getLong(3)) {
                    throw corrupt("segment_lane(lane=" + r.getInt(1) + " segment=" + segment + ")");
                }
            }
        }
        return expected.size();
    }

    private static SQLException corrupt(String what) {
        return new SQLException("rows do not fit together: " + what, "", SqliteErrors.CORRUPT);
    }

    private int countPending(SegmentEntries entries, byte[] frames) {
        int live = 0;
        for (int i = 0; i < entries.count(); i++) {
            Finished lane = finished.get(entries.lane(i));
            if (lane != null && !lane.contains(entries.epoch(i), entries.seq(i))) {
                Pending p = pending.computeIfAbsent(entries.lane(i), id -> new Pending());
                p.messages++;
                p.bytes += entries.length(i);
                live++;
                if (!entries.isWhole(i, frames)) {
                    damagedFrames.add(
                            "lane=" + entries.lane(i) + " epoch=" + entries.epoch(i) + " seq=" + entries.seq(i));
                }
            }
        }
        return live;
    }

    private Map<String, byte[]> meta() throws SQLException {
        Map<String, byte[]> meta = new HashMap<>();
        rows("SELECT key, value FROM meta", r -> meta.put(r.getString(1), r.getBytes(2)));
        return meta;
    }

    private static Recovered.StreamRow stream(ResultSet r) throws SQLException {
        return new Recovered.StreamRow(
                r.getInt(1), r.getString(2), r.getString(3), r.getString(4), r.getInt(5), r.getLong(6), r.getLong(7));
    }

    private static Recovered.AttemptRow attempt(ResultSet r) throws SQLException {
        return new Recovered.AttemptRow(
                r.getInt(1),
                r.getLong(2),
                r.getLong(3),
                r.getInt(4),
                r.getInt(5),
                r.getLong(6),
                r.getLong(7),
                r.getString(8));
    }

    private <T> List<T> rows(String sql, RowReader<T> reader) throws SQLException {
        List<T> list = new ArrayList<>();
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            while (r.next()) {
                list.add(reader.read(r));
            }
        }
        return list;
    }
}
