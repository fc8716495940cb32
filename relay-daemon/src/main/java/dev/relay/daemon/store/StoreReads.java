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
        boolean isWhole = offset >= 0
                && length >= 0
                && offset <= s.frames.length - length
                && SegmentEntries.checksum(s.frames, offset, length) == s.entries.checksum(i);
        byte[] frame = isWhole ? Arrays.copyOfRange(s.frames, offset, offset + length) : null;
        return new StoredFrame(s.entries.epoch(i), s.entries.seq(i), s.no, s.bootNo, s.wallMs, frame);
    }

    private Finished finished(int lane) throws SQLException {
        Finished finished = new Finished(0, 0, new long[0]);
        try (PreparedStatement p =
                connection.prepareStatement("SELECT epoch, floor, finished FROM lane WHERE id = ?")) {
            p.setInt(1, lane);
            try (ResultSet r = p.executeQuery()) {
                if (r.next()) {
                    finished = new Finished(r.getLong(1), r.getLong(2), Finished.decode(r.getBytes(3)));
                }
            }
        }
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
        try (PreparedStatement p =
                connection.prepareStatement("SELECT wall_ms, boot_no, entries, frames FROM segment WHERE no = ?")) {
            p.setLong(1, no);
            try (ResultSet r = p.executeQuery()) {
                if (!r.next()) {
                    throw new SQLException("segment without its row: no=" + no, "", SqliteErrors.CORRUPT);
                }
                last = new Segment(no, r.getLong(1), r.getLong(2), SegmentEntries.of(r.getBytes(3)), r.getBytes(4));
                return last;
            }
        }
    }

    List<DeadLetterRow> deadLetters(long after, int limit) throws SQLException {
        List<DeadLetterRow> rows = new ArrayList<>();
        try (PreparedStatement p =
                connection.prepareStatement(LETTER + "NULL FROM dead_letter WHERE no > ? ORDER BY no LIMIT ?")) {
            p.setLong(1, after);
            p.setInt(2, limit);
            try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                    rows.add(letter(r));
                }
            }
        }
        return rows;
    }

    @Nullable
    DeadLetterRow deadLetter(long no) throws SQLException {
        try (PreparedStatement p = connection.prepareStatement(LETTER + "frame FROM dead_letter WHERE no = ?")) {
            p.setLong(1, no);
            try (ResultSet r = p.executeQuery()) {
                return r.next() ? letter(r) : null;
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
