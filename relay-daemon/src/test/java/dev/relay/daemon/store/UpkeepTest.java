package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the store does between commits: the file comes back to its size, one unread message keeps no megabyte, a long log is told. */
class UpkeepTest {
    private static final long EPOCH = 1L << 32 | 1;
    private static final int PER_BATCH = 50;
    private static final int BYTES = 2_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestStore store;

    private long no;
    private long seq;

    @BeforeEach
    void open() throws Exception {
        store = TestStore.open(StoreSettings.of(dir, true));
        Batch batch = batch();
        batch.streams.add(new Recovered.StreamRow(1, "default", "a", "b", 0, EPOCH, 0));
        batch.lanes.add(new Recovered.LaneRow(1, "default", "a", "b", 0, EPOCH, 0, new long[0], 0, 0));
        store.commit(batch);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void givesTheFileBackAfterADrain() throws Exception {
        List<Long> segments = fill(200);
        Path database = dir.resolve("relay.db");
        await().atMost(Duration.ofSeconds(20)).until(() -> Files.size(database) > 200L * PER_BATCH * BYTES);
        Batch drained = batch();
        drained.floors.add(new Batch.Floor(1, EPOCH, seq, new long[0]));
        segments.forEach(drained::addEmptySegment);
        store.commit(drained);
        await().atMost(Duration.ofSeconds(20)).until(() -> Files.size(database) < 2 << 20);
        assertThat(rows("SELECT count(*) FROM segment")).isZero();
        assertThat(rows("SELECT count(*) FROM segment_lane")).isZero();
        store.close();
        assertThat(dir.resolve("relay.db-wal")).doesNotExist();
        open();
    }

    @Test
    void rewritesSegmentsOfWhichLittleIsNeeded() throws Exception {
        fill(40);
        long last = 40L * PER_BATCH;
        Batch acks = batch();
        List<Long> finished = new ArrayList<>();
        for (long s = 2; s <= last; s++) {
            if (s % PER_BATCH != 1) {
                finished.add(EPOCH);
                finished.add(s);
            }
        }
        acks.floors.add(new Batch.Floor(
                1, EPOCH, 0, finished.stream().mapToLong(Long::longValue).toArray()));
        store.commit(acks);
        await().atMost(Duration.ofSeconds(20)).until(() -> store.store.facts().rewrittenSegments() == 40);
        assertThat(rows("SELECT sum(length(frames)) FROM segment")).isEqualTo(40L * BYTES);
        List<StoredFrame> left = store.all(1);
        assertThat(left).hasSize(40);
        for (int i = 0; i < left.size(); i++) {
            assertThat(left.get(i).seq()).isEqualTo(1 + (long) PER_BATCH * i);
            assertThat(left.get(i).frame()).isEqualTo(frame(left.get(i).seq()));
        }
        store.close();
        store = TestStore.open(StoreSettings.of(dir, true));
        assertThat(store.recovered.lanes().get(0).pending()).isEqualTo(40);
        assertThat(store.all(1)).hasSize(40);
    }

    /** The core counts as live what a recipient finished before it was read back (R4). */
    @Test
    void deletesSegmentsOfWhichNothingIsNeededUnasked() throws Exception {
        fill(40);
        Batch floor = batch();
        floor.floors.add(new Batch.Floor(1, EPOCH, 39L * PER_BATCH, new long[0]));
        store.commit(floor);
        await().atMost(Duration.ofSeconds(20)).until(() -> rows("SELECT count(*) FROM segment") == 1);
        assertThat(rows("SELECT count(*) FROM segment_lane")).isEqualTo(1);
        assertThat(store.all(1)).hasSize(PER_BATCH);
    }

    @Test
    void tellsThatTheLogIsTooLongWhileSomebodyReadsForTooLong() throws Exception {
        try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"));
                Statement s = reader.createStatement()) {
            s.execute("BEGIN");
            s.execute("SELECT count(*) FROM segment");
            for (int i = 0; i < 1_000 && !store.store.facts().isLogTooLong(); i++) {
                fill(1);
            }
            assertThat(store.store.facts().isLogTooLong()).isTrue();
            assertThat(store.store.facts().logBytes()).isGreaterThan(Upkeep.LOG_ALARM_BYTES);
            s.execute("COMMIT");
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            fill(1);
            return !store.store.facts().isLogTooLong();
        });
        assertThat(store.store.facts().logBytes()).isLessThan(Upkeep.LOG_ALARM_BYTES / 2);
    }

    @Test
    void saysThatThereIsNoRoomAboveItsLimit() throws Exception {
        store.close();
        store = TestStore.open(StoreSettings.of(dir, true).withMaxBytes(4 << 20));
        List<Long> segments = new ArrayList<>();
        CommitOutcome outcome = CommitOutcome.COMMITTED;
        for (int i = 0; i < 300 && outcome == CommitOutcome.COMMITTED; i++) {
            Batch batch = messages();
            segments.add(batch.no);
            outcome = store.commit(batch);
        }
        assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED_ON_RESERVE);
        Batch drained = batch();
        drained.floors.add(new Batch.Floor(1, EPOCH, seq, new long[0]));
        segments.forEach(drained::addEmptySegment);
        store.commit(drained);
        await().atMost(Duration.ofSeconds(5)).until(() -> store.commit(new Batch()) == CommitOutcome.COMMITTED);
    }

    private List<Long> fill(int batches) throws Exception {
        List<Long> segments = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            Batch batch = messages();
            segments.add(batch.no);
            assertThat(store.commit(batch)).isEqualTo(CommitOutcome.COMMITTED);
        }
        return segments;
    }

    private Batch batch() {
        Batch batch = new Batch();
        batch.no = ++no;
        return batch;
    }

    private Batch messages() {
        Batch batch = batch();
        for (int i = 0; i < PER_BATCH; i++) {
            byte[] frame = frame(++seq);
            batch.addIndex(1, batch.addFrame(ByteBuffer.wrap(frame), 0, frame.length), frame.length, EPOCH, seq);
        }
        batch.marks.add(new Batch.Mark(1, EPOCH, seq));
        return batch;
    }

    private static byte[] frame(long seq) {
        byte[] frame = new byte[BYTES];
        new Random(seq).nextBytes(frame);
        return frame;
    }

    private long rows(String sql) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"));
                Statement s = c.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            return r.next() ? r.getLong(1) : -1;
        }
    }
}
