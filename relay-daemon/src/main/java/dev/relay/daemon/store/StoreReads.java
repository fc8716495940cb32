package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pages of a lane and dead letters, read on the store thread. Keeps the last segment, because pages follow each other. */
final class StoreReads {
    private record Segment(long no, long wallMs, long bootNo, SegmentEntries entries, byte[] frames) {}

    private static final String LETTER = "SELECT no, lane, id_msb, id_lsb, sender, target, class, epoch, seq, kind,"
            + " reason, attempts, first_at_ms, dead_at_ms, error, bytes, ";

    private final Connection connection;
    private @Nullable Segment last;

    StoreReads(Connection connection) {
        this.connection = connection;
    }

    List<StoredFrame> page(int lane, long afterEpoch, long afterSeq, int maxMessages, int maxBytes)
            throws SQLException {
        List<StoredFrame> page = new ArrayList<>();
        Finished finished = finished(lane);
        int bytes = 0;
        for (long no : segmentsOf(lane, afterEpoch, afterSeq)) {
            Segment segment = segment(no);
            for (int i = 0; i < segment.entries.count(); i++) {
                if (page.size() == maxMessages || bytes >= maxBytes) {
                    return page;
                }
                if (isWanted(segment.entries, i, lane, afterEpoch, afterSeq, finished)) {
                    page.add(frame(segment, i));
                    bytes += segment.entries.length(i);
                }
            }
        }
        return page;
    }

    private static boolean isWanted(
            SegmentEntries entries, int i, int lane, long afterEpoch, long afterSeq, Finished finished) {
        return entries.lane(i) == lane
                && Finished.isAbove(entries.epoch(i), entries.seq(i), afterEpoch, afterSeq)
                && !finished.contains(entries.epoch(i), entries.seq(i));
    }

    private static StoredFrame frame(Segment s, int i) {
        int offset = s.entries.offset(i);
        int length = s.entries.length(i);
        byte[] frame = s.entries.isWhole(i, s.frames) ? Arrays.copyOfRange(s.frames, offset, offset + length) : null;
        return new StoredFrame(s.entries.epoch(i), s.entries.seq(i), s.no, s.bootNo, s.wallMs, frame);
    }

    /** What is kept of the last segment is no longer true. */
    void forget(long no) {
        if (last != null && last.no == no) {
            last = null;
        }
    }

    /** What a lane has finished, without what is dead in it. */
    Finished floor(int lane) throws SQLException {
        Finished finished = new Finished(0, 0, new long[0]);
        try (PreparedStatement p =
                connection.prepareStatement("SELECT epoch, floor, finished, sum FROM lane WHERE id = ?")) {
            p.setInt(1, lane);
            try (ResultSet r = p.executeQuery()) {
                if (r.next()) {
                    byte[] above = r.getBytes(3);
                    require(RowSum.of(lane, r.getLong(1), r.getLong(2), above) == r.getLong(4), "lane", lane);
                    finished = new Finished(r.getLong(1), r.getLong(2), Finished.decode(above));
                }
            }
        }
        return finished;
    }

    private Finished finished(int lane) throws SQLException {
        Finished finished = floor(lane);
        try (PreparedStatement p = connection.prepareStatement("SELECT epoch, seq FROM dead_position WHERE lane = ?")) {
            p.setInt(1, lane);
            try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                    finished.add(r.getLong(1), r.getLong(2));
                }
            }
        }
        return finished;
    }

    private List<Long> segmentsOf(int lane, long afterEpoch, long afterSeq) throws SQLException {
        List<Long> segments = new ArrayList<>();
        try (PreparedStatement p = connection.prepareStatement("SELECT segment FROM segment_lane WHERE lane = ?"
                + " AND (last_epoch > ? OR (last_epoch = ? AND last_seq > ?)) ORDER BY segment")) {
            p.setInt(1, lane);
            p.setLong(2, afterEpoch);
            p.setLong(3, afterEpoch);
            p.setLong(4, afterSeq);
            try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                    segments.add(r.getLong(1));
                }
            }
        }
        return segments;
    }

    private Segment segment(long no) throws SQLException {
        if (last != null && last.no == no) {
            return last;
        }
        try (PreparedStatement p = connection.prepareStatement(
                "SELECT wall_ms, boot_no, entries, frames, sum FROM segment WHERE no = ?")) {
            p.setLong(1, no);
            try (ResultSet r = p.executeQuery()) {
                require(r.next(), "segment", no);
                byte[] entries = r.getBytes(3);
                require(RowSum.of(no, r.getLong(1), r.getLong(2), entries) == r.getLong(5), "segment", no);
                last = new Segment(no, r.getLong(1), r.getLong(2), SegmentEntries.of(entries), r.getBytes(4));
                return last;
            }
        }
    }

    private static void require(boolean isWhole, String table, long key) throws SQLException {
        if (!isWhole) {
            throw new SQLException("damaged row: table=" + table + " key=" + key, "", SqliteErrors.CORRUPT);
        }
    }

    List<DeadLetterRow> deadLetters(DeadLetterQuery query) throws SQLException {
        List<DeadLetterRow> rows = new ArrayList<>();
        try (PreparedStatement p = connection.prepareStatement(LETTER
                + "NULL FROM dead_letter WHERE no > ?1 AND (?3 = 0 OR reason = ?3) AND (?4 = '' OR sender = ?4)"
                + " AND (?5 = '' OR target = ?5) AND (?6 = '' OR ?6 IN (sender, target))"
                + " AND dead_at_ms BETWEEN ?7 AND ?8 ORDER BY no LIMIT ?2")) {
            p.setLong(1, query.after());
            p.setInt(2, query.limit());
            p.setInt(3, query.reason());
            p.setString(4, query.sender());
            p.setString(5, query.target());
            p.setString(6, query.party());
            p.setLong(7, query.fromMs());
            p.setLong(8, query.toMs());
            try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                    rows.add(letter(r));
                }
            }
        }
        return rows;
    }

    List<DeadLetterCount> deadLetterCounts() throws SQLException {
        List<DeadLetterCount> counts = new ArrayList<>();
        try (PreparedStatement p = connection.prepareStatement("SELECT lane, reason, count(*), sum(bytes),"
                        + " min(dead_at_ms) FROM dead_letter GROUP BY lane, reason");
                ResultSet r = p.executeQuery()) {
            while (r.next()) {
                counts.add(new DeadLetterCount(r.getInt(1), r.getInt(2), r.getLong(3), r.getLong(4), r.getLong(5)));
            }
        }
        return counts;
    }

    @Nullable
    DeadLetterRow deadLetter(long no) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement(LETTER + "frame, frame_sum FROM dead_letter WHERE no = ?")) {
            p.setLong(1, no);
            try (ResultSet r = p.executeQuery()) {
                return r.next() ? whole(letter(r), r.getLong(18)) : null;
            }
        }
    }

    /** A payload that does not match its sum is left out. */
    private static DeadLetterRow whole(DeadLetterRow d, long frameSum) {
        return RowSum.of(d.no(), d.frame()) == frameSum
                ? d
                : new DeadLetterRow(
                        d.no(),
                        d.lane(),
                        d.idMsb(),
                        d.idLsb(),
                        d.sender(),
                        d.target(),
                        d.laneClass(),
                        d.epoch(),
                        d.seq(),
                        d.kind(),
                        d.reason(),
                        d.attempts(),
                        d.firstAtMs(),
                        d.deadAtMs(),
                        d.error(),
                        d.bytes(),
                        null);
    }

    /** Why a position of a lane died; empty when it did not. */
    List<Recovered.DeadPosition> deadPosition(int lane, long epoch, long seq) throws SQLException {
        try (PreparedStatement p = connection.prepareStatement("SELECT no, reason, attempts FROM dead_position"
                + " WHERE lane = ? AND epoch = ? AND seq = ? ORDER BY no DESC LIMIT 1")) {
            p.setInt(1, lane);
            p.setLong(2, epoch);
            p.setLong(3, seq);
            try (ResultSet r = p.executeQuery()) {
                return r.next()
                        ? List.of(new Recovered.DeadPosition(r.getLong(1), r.getInt(2), r.getInt(3)))
                        : List.of();
            }
        }
    }

    private static DeadLetterRow letter(ResultSet r) throws SQLException {
        return new DeadLetterRow(
                r.getLong(1),
                r.getInt(2),
                r.getLong(3),
                r.getLong(4),
                r.getString(5),
                r.getString(6),
                r.getString(7),
                r.getLong(8),
                r.getLong(9),
                r.getString(10),
                r.getInt(11),
                r.getInt(12),
                r.getLong(13),
                r.getLong(14),
                r.getString(15),
                r.getInt(16),
                r.getBytes(17));
    }
}
