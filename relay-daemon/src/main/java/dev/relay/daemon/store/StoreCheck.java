package dev.relay.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that can be verified about a store, without changing it: SQLite's quick check, the checksum of every row and frame, the chain of the audit, and that each
 * position up to a direct stream's mark is stored, finished or dead (rule R6). One thread.
 */
public final class StoreCheck {
    private static final int MAX_FINDINGS = 1_000;
    private static final int TOPIC = 2;
    private static final int GROUP = 4;

    private record Lane(Finished finished, long epoch, long floor, long[] above) {}

    private final Connection connection;
    private final List<String> findings = new ArrayList<>();
    private final Map<Integer, Lane> lanes = new HashMap<>();
    private final Map<Integer, Long> owned = new HashMap<>();
    private final Map<Integer, Long> streamEpochs = new HashMap<>();
    private long findingCount;
    private long frames;
    private long unfinished;

    StoreCheck(Connection connection) {
        this.connection = connection;
    }

    /**
     * What a check found.
     *
     * @param findings at most 1,000 of them, each with where it is; empty when the store is whole
     * @param frames how many frames were verified, read or not
     * @param unfinished pairs of lane and frame that wait for their recipient
     */
    public record Report(List<String> findings, long findingCount, long frames, long unfinished) {
        public boolean isWhole() {
            return findingCount == 0;
        }

        public Map<String, Object> asJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("whole", isWhole());
            json.put("frames", frames);
            json.put("unfinished", unfinished);
            json.put("finding_count", findingCount);
            json.put("findings", findings);
            return json;
        }
    }

    /** Checks the store in a data directory, with or without a daemon on it. */
    public static Report run(Path dataDir, StoreProgress progress) throws StoreException {
        try (StoreView view = StoreView.open(dataDir)) {
            return new StoreCheck(view.connection()).run(progress);
        }
    }

    /** Facts about a store: sizes, identity, counts. */
    public static Map<String, Object> info(Path dataDir) throws StoreException {
        Map<String, Object> info = new LinkedHashMap<>();
        try (StoreView view = StoreView.open(dataDir)) {
            Connection c = view.connection();
            info.put("data_dir", dataDir.toString());
            info.put("daemon_runs", view.isLive());
            info.put("store_uuid", SqliteSchema.text(c, "SELECT value FROM meta WHERE key = 'store_uuid'"));
            info.put("schema", SqliteSchema.number(c, "PRAGMA user_version"));
            info.put("boot_no", SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'boot_no'"));
            info.put("last_batch", SqliteSchema.number(c, "SELECT value FROM meta WHERE key = 'last_batch'"));
            for (String table : List.of("agent", "stream", "lane", "subscription", "segment", "dead_letter", "audit")) {
                info.put(table + "_count", SqliteSchema.number(c, "SELECT count(*) FROM " + table));
            }
            long pageBytes = SqliteSchema.number(c, "PRAGMA page_size");
            info.put("free_bytes", pageBytes * SqliteSchema.number(c, "PRAGMA freelist_count"));
            info.put("database_bytes", size(dataDir, Quarantine.DATABASE));
            info.put("log_bytes", size(dataDir, Quarantine.DATABASE + "-wal"));
            info.put("ballast_bytes", size(dataDir, Ballast.FILE));
            info.put("quarantined", Quarantine.count(dataDir));
        } catch (SQLException | IOException e) {
            throw new StoreException(StoreException.Cause.CORRUPT, "cannot read the store: " + e.getMessage(), e);
        }
        return info;
    }

    private static long size(Path dataDir, String name) throws IOException {
        Path file = dataDir.resolve(name);
        return Files.exists(file) ? Files.size(file) : 0;
    }

    Report run(StoreProgress progress) {
        try {
            progress.at("structure", 0, 0);
            quickCheck();
            if (findings.isEmpty()) {
                rows(progress);
                readLanes();
                segments(progress);
                positions();
            }
        } catch (SQLException e) {
            found("unreadable: " + e.getMessage());
        }
        return new Report(List.copyOf(findings), findingCount, frames, unfinished);
    }

    private void found(String finding) {
        findingCount++;
        if (findings.size() < MAX_FINDINGS) {
            findings.add(finding);
        }
    }

    private void quickCheck() throws SQLException {
        long version = SqliteSchema.number(connection, "PRAGMA user_version");
        if (version != SchemaSteps.VERSION) {
            found("schema " + version + ", this program checks " + SchemaSteps.VERSION
                    + "; a daemon brings an older one up when it starts");
        }
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("PRAGMA quick_check(100)")) {
            while (r.next()) {
                if (!"ok".equals(r.getString(1))) {
                    found("structure: " + r.getString(1).strip());
                }
            }
        }
    }

    private void rows(StoreProgress progress) throws SQLException {
        int tables = 0;
        for (SummedTable table : SummedTable.STATE) {
            table.verify(connection, row -> found("row: " + row));
            progress.at("tables", ++tables, SummedTable.STATE.size());
        }
        for (SummedTable table : SummedTable.ASIDE) {
            table.verify(connection, row -> found("payload: " + row));
        }
        long broken = AuditChain.firstBroken(connection);
        if (broken > 0) {
            found("audit: row " + broken + " does not follow from the one before");
        }
    }

    private void readLanes() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT l.id, l.epoch, l.floor, l.finished, s.epoch FROM lane l"
                        + " LEFT JOIN stream s ON l.class = s.class AND l.namespace = s.namespace"
                        + " AND l.sender = s.sender AND (l.recipient = s.target OR l.class = " + TOPIC
                        + " OR (l.class = " + GROUP
                        + " AND substr(l.recipient, 1, instr(l.recipient, '#') - 1) = s.target))")) {
            while (r.next()) {
                long[] above = Finished.decode(r.getBytes(4));
                Finished finished = new Finished(r.getLong(2), r.getLong(3), above);
                lanes.put(r.getInt(1), new Lane(finished, r.getLong(2), r.getLong(3), above));
                streamEpochs.put(r.getInt(1), r.getLong(5));
            }
        }
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT lane, epoch, seq FROM dead_position")) {
            while (r.next()) {
                Lane lane = lanes.get(r.getInt(1));
                if (lane != null && !lane.finished.contains(r.getLong(2), r.getLong(3))) {
                    lane.finished.add(r.getLong(2), r.getLong(3));
                    own(r.getInt(1), r.getLong(2));
                }
            }
        }
        lanes.forEach((id, lane) -> {
            for (int i = 0; i < lane.above.length; i += 2) {
                own(id, lane.above[i]);
            }
        });
    }

    /** One more position of the stream's epoch that is accounted for. */
    private void own(int lane, long epoch) {
        if (epoch == streamEpochs.getOrDefault(lane, 0L)) {
            owned.merge(lane, 1L, Long::sum);
        }
    }

    private void segments(StoreProgress progress) throws SQLException {
        long total = SqliteSchema.number(connection, "SELECT count(*) FROM segment");
        long done = 0;
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT no, entries, frames FROM segment ORDER BY no")) {
            while (r.next()) {
                progress.at("segments", ++done, total);
                segment(r.getLong(1), SegmentEntries.of(r.getBytes(2)), r.getBytes(3));
            }
        }
    }

    private void segment(long no, SegmentEntries entries, byte[] bytes) {
        for (int i = 0; i < entries.count(); i++) {
            frames++;
            Lane lane = lanes.get(entries.lane(i));
            String where = "segment=" + no + " lane=" + entries.lane(i) + " epoch=" + entries.epoch(i) + " seq="
                    + entries.seq(i);
            if (lane == null) {
                found("frame of no lane: " + where);
            } else if (!lane.finished.contains(entries.epoch(i), entries.seq(i))) {
                unfinished++;
                own(entries.lane(i), entries.epoch(i));
                if (!entries.isWhole(i, bytes)) {
                    found("frame: " + where);
                }
            }
        }
    }

    /** Rule R6, for streams that have one lane; what a publication's lanes owe depends on subscriptions of the time. */
    private void positions() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT l.id, l.epoch, l.floor, s.epoch, s.mark FROM lane l JOIN stream s"
                        + " ON l.class = s.class AND l.namespace = s.namespace AND l.sender = s.sender"
                        + " AND l.recipient = s.target WHERE l.class < " + TOPIC)) {
            while (r.next()) {
                long floor = r.getLong(2) == r.getLong(4) ? r.getLong(3) : 0;
                long expected = Math.max(0, r.getLong(5) - floor);
                long have = owned.getOrDefault(r.getInt(1), 0L);
                if (r.getLong(2) <= r.getLong(4) && have != expected) {
                    found("positions: lane=" + r.getInt(1) + " has " + have + " of " + expected
                            + " stored, finished or dead above its floor");
                }
            }
        }
    }
}
