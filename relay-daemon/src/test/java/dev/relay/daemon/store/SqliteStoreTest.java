package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store on a real file: what was committed is there after every kind of end, and nothing else is. */
class SqliteStoreTest {
    private static final long EPOCH = 1L << 32 | 1;
    private static final int LANE = 1;
    private static final int STREAM = 1;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private @Nullable SqliteStore store;
    private @Nullable Recovered recovered;
    private long segment;

    @BeforeEach
    void open() throws StoreException {
        store = new SqliteStore(dir, true, Runnable::run);
        recovered = store.open();
        segment = recovered.lastSegment();
    }

    @AfterEach
    void close() {
        store().close();
    }

    @Test
    void shouldGiveBackAfterReopeningWhatWasCommitted() throws Exception {
        assertThat(commit(withNames(batch(1, 2, 3)))).isEqualTo(CommitOutcome.COMMITTED);
        reopen();
        assertThat(recovered().bootNo()).isEqualTo(2);
        assertThat(recovered().streams()).extracting(Recovered.StreamRow::mark).containsExactly(3L);
        assertThat(recovered().lanes()).extracting(Recovered.LaneRow::pending).containsExactly(3);
        assertThat(recovered().segments()).containsExactly(new Recovered.SegmentRow(segment, 3));
        assertThat(page(0, 100)).containsExactly("m1", "m2", "m3");
        assertThat(page(1, 1)).containsExactly("m2");
        assertThat(page(3, 100)).isEmpty();
    }

    @Test
    void shouldKeepTheStoresIdentityAndRaiseOnlyTheBootNumber() throws Exception {
        String uuid = recovered().storeUuid();
        byte[] key = recovered().storeKey();
        reopen();
        assertThat(recovered().storeUuid()).isEqualTo(uuid);
        assertThat(recovered().storeKey()).isEqualTo(key);
        assertThat(recovered().bootNo()).isEqualTo(2);
    }

    @Test
    void shouldNotGiveBackWhatIsFinished() throws Exception {
        commit(withNames(batch(1, 2, 3, 4)));
        Batch progress = batch();
        progress.floors.add(new Batch.Floor(LANE, EPOCH, 1, new long[] {EPOCH, 3}));
        commit(progress);
        assertThat(page(0, 100)).containsExactly("m2", "m4");
        reopen();
        assertThat(recovered().lanes().get(0).pending()).isEqualTo(2);
        assertThat(recovered().lanes().get(0).finished()).containsExactly(EPOCH, 3);
        assertThat(page(0, 100)).containsExactly("m2", "m4");
    }

    @Test
    void shouldForgetASegmentThatTheCoreCallsEmpty() throws Exception {
        commit(withNames(batch(1, 2)));
        long first = segment;
        Batch done = batch(3);
        done.floors.add(new Batch.Floor(LANE, EPOCH, 2, new long[0]));
        done.addEmptySegment(first);
        commit(done);
        reopen();
        assertThat(recovered().segments()).containsExactly(new Recovered.SegmentRow(segment, 1));
        assertThat(page(0, 100)).containsExactly("m3");
    }

    @Test
    void shouldMoveADeadLetterInTheSameTransactionAndAskForItsSkipAfterARestart() throws Exception {
        commit(withNames(batch(1, 2, 3)));
        Batch failed = batch();
        failed.attempts.add(new Recovered.AttemptRow(LANE, EPOCH, 2, 3, 0, 14_000, 5, "boom"));
        commit(failed);
        reopen();
        assertThat(recovered().attempts())
                .extracting(Recovered.AttemptRow::attempts)
                .containsExactly(3);

        Batch dead = batch();
        dead.deadLetters.add(new Batch.DeadLetter(letter(1, 2), STREAM));
        commit(dead);
        reopen();
        assertThat(recovered().attempts()).isEmpty();
        assertThat(recovered().skips()).containsExactly(new Recovered.SkipRow(LANE, EPOCH, 2, 1));
        assertThat(recovered().dead()).containsExactly(new Recovered.DeadRow(STREAM, EPOCH, 2, 1, 6));
        assertThat(recovered().lastDeadLetter()).isEqualTo(1);
        assertThat(page(0, 100)).containsExactly("m1", "m3");
        assertThat(recovered().lanes().get(0).pending()).isEqualTo(2);
        DeadLetterRow row = Objects.requireNonNull(deadLetter(1));
        assertThat(row.error()).isEqualTo("boom");
        assertThat(Objects.requireNonNull(row.frame())).isEqualTo(utf8("m2"));

        Batch drop = batch();
        drop.droppedDeadLetters.add(1L);
        drop.audits.add(new Batch.Audit(1, "dlq.drop", "uid=0", "no=1"));
        drop.floors.add(new Batch.Floor(LANE, EPOCH, 3, new long[0]));
        commit(drop);
        reopen();
        assertThat(deadLetter(1)).isNull();
        assertThat(recovered().skips()).isEmpty();
        assertThat(recovered().lastDeadLetter()).isEqualTo(1);
    }

    @Test
    void shouldStoreAFrameOfManyLanesOnceAndReadItInEach() throws Exception {
        Batch batch = withNames(batch());
        batch.lanes.add(new Recovered.LaneRow(2, "default", "a", "c", 2, 0, 0, new long[0], 0, 0));
        int offset = batch.addFrame(ByteBuffer.wrap(utf8("topic")), 0, 5);
        batch.addIndex(LANE, offset, 5, EPOCH, 1);
        batch.addIndex(2, offset, 5, EPOCH, 1);
        commit(batch);
        reopen();
        assertThat(recovered().segments()).containsExactly(new Recovered.SegmentRow(segment, 2));
        assertThat(pageOf(2, 0, 10)).containsExactly("topic");
        assertThat(pageOf(LANE, 0, 10)).containsExactly("topic");
    }

    @Test
    void shouldRememberSubscriptionsUntilTheyEnd() throws Exception {
        Batch batch = batch();
        Recovered.SubscriptionRow row = new Recovered.SubscriptionRow("default", "b", "signals.>");
        batch.subscribed.add(row);
        commit(batch);
        reopen();
        assertThat(recovered().subscriptions()).containsExactly(row);
        Batch end = batch();
        end.unsubscribed.add(row);
        commit(end);
        reopen();
        assertThat(recovered().subscriptions()).isEmpty();
    }

    @Test
    void shouldNameAFrameThatFailsItsChecksum() throws Exception {
        commit(withNames(batch(1, 2)));
        store().close();
        overwrite(dir.resolve("relay.db"), utf8("m2"), utf8("XX"));
        open();
        assertThat(recovered().lanes().get(0).pending()).isEqualTo(2);
        List<StoredFrame> frames = frames(LANE, 0, 10);
        assertThat(frames.get(0).frame()).isEqualTo(utf8("m1"));
        assertThat(frames.get(1).frame()).isNull();
    }

    @Test
    void shouldRefuseASecondWriter() {
        try (SqliteStore second = new SqliteStore(dir, true, Runnable::run)) {
            assertThatThrownBy(second::open)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.LOCKED));
        }
    }

    @Test
    void shouldRefuseAFileThatIsNotAStoreAndLeaveItAlone() throws Exception {
        Path other = Files.createDirectory(dir.resolve("other"));
        byte[] text = "not a database, but somebody's notes".repeat(100).getBytes(StandardCharsets.UTF_8);
        Files.write(other.resolve("relay.db"), text);
        try (SqliteStore foreign = new SqliteStore(other, true, Runnable::run)) {
            assertThatThrownBy(foreign::open).isInstanceOf(StoreException.class);
        }
        assertThat(Files.readAllBytes(other.resolve("relay.db"))).isEqualTo(text);
    }

    private SqliteStore store() {
        return Objects.requireNonNull(store);
    }

    private Recovered recovered() {
        return Objects.requireNonNull(recovered);
    }

    private void reopen() throws StoreException {
        store().close();
        long newest = segment;
        open();
        segment = newest;
    }

    private Batch batch(int... seqs) {
        Batch batch = new Batch();
        batch.no = ++segment;
        batch.bootNo = 1;
        batch.wallMs = 1;
        for (int seq : seqs) {
            byte[] frame = utf8("m" + seq);
            batch.addIndex(LANE, batch.addFrame(ByteBuffer.wrap(frame), 0, frame.length), frame.length, EPOCH, seq);
        }
        if (seqs.length > 0) {
            batch.marks.add(new Batch.Mark(STREAM, EPOCH, seqs[seqs.length - 1]));
        }
        return batch;
    }

    private static Batch withNames(Batch batch) {
        batch.agents.add(new Recovered.AgentRow("default", "a", 0, EPOCH));
        batch.streams.add(new Recovered.StreamRow(STREAM, "default", "a", "b", 0, EPOCH, 0));
        batch.lanes.add(new Recovered.LaneRow(LANE, "default", "a", "b", 0, 0, 0, new long[0], 0, 0));
        return batch;
    }

    private static DeadLetterRow letter(long no, long seq) {
        return new DeadLetterRow(
                no, LANE, 1, 2, "a", "b", "message", EPOCH, seq, "fill", 1, 6, 1, 2, "boom", 2, utf8("m" + seq));
    }

    private CommitOutcome commit(Batch batch) throws Exception {
        CompletableFuture<CommitOutcome> done = new CompletableFuture<>();
        store().commit(batch, done::complete);
        return done.get(10, TimeUnit.SECONDS);
    }

    private @Nullable DeadLetterRow deadLetter(long no) throws Exception {
        CompletableFuture<@Nullable DeadLetterRow> done = new CompletableFuture<>();
        store().deadLetter(no, done::complete);
        return done.get(10, TimeUnit.SECONDS);
    }

    private List<StoredFrame> frames(int lane, long after, int max) throws Exception {
        CompletableFuture<List<StoredFrame>> done = new CompletableFuture<>();
        store().readPage(lane, EPOCH, after, max, 1 << 20, done::complete);
        return done.get(10, TimeUnit.SECONDS);
    }

    private List<String> page(long after, int max) throws Exception {
        return pageOf(LANE, after, max);
    }

    private List<String> pageOf(int lane, long after, int max) throws Exception {
        return frames(lane, after, max).stream()
                .map(f -> new String(Objects.requireNonNull(f.frame()), StandardCharsets.UTF_8))
                .toList();
    }

    private static byte[] utf8(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static void overwrite(Path file, byte[] old, byte[] with) throws Exception {
        byte[] all = Files.readAllBytes(file);
        int at = new String(all, StandardCharsets.ISO_8859_1).indexOf(new String(old, StandardCharsets.ISO_8859_1));
        assertThat(at).isPositive();
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.seek(at);
            f.write(with);
        }
    }
}
