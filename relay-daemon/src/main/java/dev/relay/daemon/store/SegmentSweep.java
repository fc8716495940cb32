package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rewrites segments of which less than a quarter is still needed, so that one unread message does not keep a megabyte of read ones, and deletes those of which nothing is: the
 * core counts a message as live that its recipient finished before it was read back. Goes through the segments in
 * their order, {@value #CHUNK} per step, and begins anew when a quarter as many commits have passed as there were segments. A segment keeps its number, so nobody
 * else notices. Store thread only.
 */
final class SegmentSweep {
    static final int CHUNK = 32;
    private static final int LIVE_SHARE = 4;
    private static final int SMALL_BYTES = 8 << 10;
    private static final int MIN_COMMITS = 16;

    private record Row(long no, long wallMs, long bootNo, SegmentEntries entries, byte[] frames) {}

    private final Connection connection;
    private final StoreReads reads;
    private long after = -1;
    private long seen;
    private long commitsWanted;
    private long commits;
    private long rewritten;

    SegmentSweep(Connection connection, StoreReads reads) {
        this.connection = connection;
        this.reads = reads;
    }

    void onCommit() {
        commits++;
    }

    long rewritten() {
        return rewritten;
    }

    /** True when there is more to do. */
    boolean step() throws SQLException {
        if (after < 0) {
            if (commits < commitsWanted) {
                return false;
            }
            after = 0;
            seen = 0;
            commits = 0;
        }
        Map<Integer, Finished> lanes = new HashMap<>();
        int found = 0;
        try (PreparedStatement p = connection.prepareStatement(
                "SELECT no, length(frames), entries FROM segment WHERE no > ? ORDER BY no LIMIT " + CHUNK)) {
            p.setLong(1, after);
            try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                    found++;
                    after = r.getLong(1);
                    visit(r.getLong(1), r.getLong(2), SegmentEntries.of(r.getBytes(3)), lanes);
                }
            }
        }
        seen += found;
        if (found < CHUNK) {
            after = -1;
            commitsWanted = MIN_COMMITS + seen / LIVE_SHARE;
        }
        return after >= 0;
    }

    private void visit(long no, long bytes, SegmentEntries entries, Map<Integer, Finished> lanes) throws SQLException {
        long live = 0;
        Set<Integer> offsets = new HashSet<>();
        for (int i = 0; i < entries.count(); i++) {
            if (isLive(entries, i, lanes) && offsets.add(entries.offset(i))) {
                live += entries.length(i);
            }
        }
        if (live == 0) {
            Transaction.run(connection, () -> delete(no));
        } else if (bytes >= SMALL_BYTES && live * LIVE_SHARE < bytes) {
            Row row = read(no);
            Transaction.run(connection, () -> rewrite(row, lanes));
            rewritten++;
        }
    }

    private void delete(long no) throws SQLException {
        for (String sql : List.of("DELETE FROM segment WHERE no = ?", "DELETE FROM segment_lane WHERE segment = ?")) {
            try (PreparedStatement p = connection.prepareStatement(sql)) {
                p.setLong(1, no);
                p.executeUpdate();
            }
        }
        reads.forget(no);
    }

    /** By floors and finished sets alone: what is dead may be wanted again until its SKIP is acked. */
    private boolean isLive(SegmentEntries entries, int i, Map<Integer, Finished> lanes) throws SQLException {
        Finished lane = lanes.get(entries.lane(i));
        if (lane == null) {
            lane = reads.floor(entries.lane(i));
            lanes.put(entries.lane(i), lane);
        }
        return !lane.contains(entries.epoch(i), entries.seq(i));
    }

    private Row read(long no) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("SELECT wall_ms, boot_no, entries, frames FROM segment WHERE no = ?")) {
            p.setLong(1, no);
            try (ResultSet r = p.executeQuery()) {
                if (!r.next()) {
                    throw new SQLException("segment without its row: no=" + no, "", SqliteErrors.CORRUPT);
                }
                return new Row(no, r.getLong(1), r.getLong(2), SegmentEntries.of(r.getBytes(3)), r.getBytes(4));
            }
        }
    }

    private void rewrite(Row row, Map<Integer, Finished> lanes) throws SQLException {
        ByteBuffer entries =
                ByteBuffer.allocate(row.entries.count() * SegmentEntries.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer frames = ByteBuffer.allocate(row.frames.length);
        Map<Integer, Integer> moved = new HashMap<>();
        for (int i = 0; i < row.entries.count(); i++) {
            if (isLive(row.entries, i, lanes)) {
                int from = row.entries.offset(i);
                Integer to = moved.get(from);
                if (to == null) {
                    to = frames.position();
                    moved.put(from, to);
                    frames.put(row.frames, from, row.entries.length(i));
                }
                row.entries.copy(i, to, entries);
            }
        }
        store(row, bytes(entries), bytes(frames));
        reads.forget(row.no);
    }

    private static byte[] bytes(ByteBuffer b) {
        byte[] copy = new byte[b.position()];
        b.get(0, copy);
        return copy;
    }

    private void store(Row row, byte[] entries, byte[] frames) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("UPDATE segment SET entries = ?, frames = ?, sum = ? WHERE no = ?")) {
            p.setBytes(1, entries);
            p.setBytes(2, frames);
            p.setLong(3, RowSum.of(row.no, row.wallMs, row.bootNo, entries));
            p.setLong(4, row.no);
            p.executeUpdate();
        }
        try (PreparedStatement p = connection.prepareStatement("DELETE FROM segment_lane WHERE segment = ?")) {
            p.setLong(1, row.no);
            p.executeUpdate();
        }
        try (PreparedStatement p = connection.prepareStatement("INSERT INTO segment_lane VALUES(?, ?, ?, ?)")) {
            for (Map.Entry<Integer, long[]> last :
                    BatchWriter.lastPositions(SegmentEntries.of(entries)).entrySet()) {
                p.setInt(1, last.getKey());
                p.setLong(2, row.no);
                p.setLong(3, last.getValue()[0]);
                p.setLong(4, last.getValue()[1]);
                p.executeUpdate();
            }
        }
    }
}
