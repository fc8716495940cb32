package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/** A store as version 1 wrote it, without checksums and without {@code relay.id}. */
final class Schema1 {
    static final int FRAMES = 40;
    private static final long EPOCH = 1L << 32 | 1;

    static void create(Path dir) throws SQLException {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"));
                Statement s = c.createStatement()) {
            s.execute("PRAGMA journal_mode=WAL");
            s.execute("BEGIN");
            SchemaSteps.run(c, 0, 1);
            s.execute("PRAGMA application_id=" + SqliteSchema.APPLICATION_ID);
            s.execute("PRAGMA user_version=1");
            s.execute("INSERT INTO meta VALUES('store_uuid', '00000000-0000-4000-8000-000000000001')");
            s.execute("INSERT INTO meta VALUES('store_key', x'0102')");
            s.execute("INSERT INTO meta VALUES('boot_no', 7)");
            s.execute("INSERT INTO agent VALUES('default', 'a', 0, " + EPOCH + ")");
            s.execute("INSERT INTO stream VALUES(1, 'default', 'a', 'b', 0, " + EPOCH + ", " + FRAMES + ")");
            s.execute("INSERT INTO lane VALUES(1, 'default', 'a', 'b', 0, " + EPOCH + ", 0, x'')");
            s.execute("INSERT INTO kind VALUES(1, 'fill')");
            s.execute("INSERT INTO subscription VALUES('default', 'b', 'signals.>')");
            s.execute("INSERT INTO attempt VALUES(1, " + EPOCH + ", 2, 3, 0, 14000, 5, 'boom')");
            s.execute("INSERT INTO dead_letter VALUES(1, 1, 1, 2, 'a', 'b', 'message', " + EPOCH
                    + ", 1, 'fill', 1, 6, 1, 2, 'boom', 2, x'6d31')");
            s.execute("INSERT INTO dead_position VALUES(1, 1, 1, " + EPOCH + ", 1, 1, 6)");
            s.execute("INSERT INTO audit(at_ms, op, who, what) VALUES(1, 'dlq.drop', 'cli', 'no=9')");
            segment(c);
            s.execute("COMMIT");
        }
    }

    private static void segment(Connection c) throws SQLException {
        Batch batch = new Batch();
        for (int seq = 1; seq <= FRAMES; seq++) {
            byte[] frame = frame(seq);
            int offset = batch.addFrame(java.nio.ByteBuffer.wrap(frame), 0, frame.length);
            batch.addIndex(1, offset, frame.length, EPOCH, seq);
        }
        byte[] frames = new byte[batch.frames().position()];
        batch.frames().get(0, frames);
        try (PreparedStatement p = c.prepareStatement("INSERT INTO segment VALUES(3, 1, 7, ?, ?)")) {
            p.setBytes(1, SegmentEntries.encode(batch));
            p.setBytes(2, frames);
            p.executeUpdate();
        }
        try (Statement s = c.createStatement()) {
            s.execute("INSERT INTO segment_lane VALUES(1, 3, " + EPOCH + ", " + FRAMES + ")");
        }
    }

    private static byte[] frame(int seq) {
        return ("m" + seq).getBytes(StandardCharsets.UTF_8);
    }

    static void assertHolds(TestStore store) throws Exception {
        assertThat(store.recovered.storeUuid()).isEqualTo("00000000-0000-4000-8000-000000000001");
        assertThat(store.recovered.lastSegment()).isEqualTo(3);
        assertThat(store.recovered.streams())
                .extracting(Recovered.StreamRow::mark)
                .containsExactly((long) FRAMES);
        assertThat(store.recovered.attempts()).hasSize(1);
        assertThat(store.recovered.subscriptions()).hasSize(1);
        assertThat(store.all(1))
                .hasSize(FRAMES - 1)
                .allSatisfy(f -> assertThat(f.frame()).isEqualTo(frame((int) f.seq())));
        assertThat(Objects.requireNonNull(store.deadLetter(1)).frame()).isEqualTo(frame(1));
    }

    private Schema1() {}
}
