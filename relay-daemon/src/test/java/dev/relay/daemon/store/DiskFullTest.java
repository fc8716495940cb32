package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** D2, I29 on a file system that is really full. {@code -Drelay.full.cycles=200} for the long run. */
class DiskFullTest {
    private static final int CYCLES = Integer.getInteger("relay.full.cycles", 10);
    private static final long EPOCH = 1L << 32 | 1;
    private static final int MEGABYTES = 40;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final List<Long> segments = new ArrayList<>();
    private long no;
    private long seq;
    private long finished;
    private long letters;

    @Test
    void I29_aFullDiskStillTakesAcksAndDeadLettersAndIsUsedAgainOnceThereIsRoom() throws Exception {
        SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), MEGABYTES, "D2, a full disk, " + CYCLES + " cycles");
        if (disk == null) {
            return;
        }
        long longestMs = 0;
        try (disk) {
            Path data = Files.createDirectory(disk.directory().resolve("data"));
            try (TestStore store = open(data)) {
                assertThat(store.commit(names())).isEqualTo(CommitOutcome.COMMITTED);
                for (int cycle = 0; cycle < CYCLES; cycle++) {
                    longestMs = Math.max(longestMs, cycle(store, disk, data));
                }
            }
            try (TestStore store = open(data)) {
                assertThat(store.recovered.streams().get(0).mark()).isEqualTo(seq);
                assertThat(store.recovered.lanes().get(0).floor()).isEqualTo(finished);
                assertThat(store.all(1))
                        .hasSize((int) (seq - finished))
                        .allSatisfy(f -> assertThat(f.frame()).isNotNull());
                assertThat(store.recovered.lastDeadLetter()).isEqualTo(letters);
            }
        }
        System.out.println("disk full: " + CYCLES + " cycles, room was used again after at most " + longestMs + " ms");
        assertThat(longestMs).isLessThan(1_000);
    }

    /** Returns how long after there was room a plain commit took. */
    private long cycle(TestStore store, SmallDisk disk, Path data) throws Exception {
        disk.fill();
        CommitOutcome outcome = CommitOutcome.COMMITTED;
        for (int i = 0; i < 2_000 && outcome == CommitOutcome.COMMITTED; i++) {
            outcome = store.commit(messages(20));
        }
        assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED_ON_RESERVE);
        assertThat(data.resolve(Ballast.FILE)).doesNotExist();
        for (int i = 0; i < 50; i++) {
            assertThat(store.commit(i % 10 == 0 ? deadLetter() : acks(10)))
                    .as("acks and dead letters on a full disk")
                    .isIn(CommitOutcome.COMMITTED_ON_RESERVE, CommitOutcome.COMMITTED);
        }
        disk.free();
        long freeNs = System.nanoTime();
        do {
            outcome = store.commit(probe());
        } while (outcome != CommitOutcome.COMMITTED && System.nanoTime() - freeNs < 5_000_000_000L);
        long tookMs = (System.nanoTime() - freeNs) / 1_000_000;
        assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
        assertThat(Files.size(data.resolve(Ballast.FILE))).isEqualTo(StoreSettings.BALLAST_BYTES);
        assertThat(store.commit(messages(20))).isEqualTo(CommitOutcome.COMMITTED);
        Batch rest = acks((int) (seq - finished));
        segments.forEach(rest::addEmptySegment);
        segments.clear();
        store.commit(rest);
        return tookMs;
    }

    private static TestStore open(Path data) throws StoreException {
        return TestStore.open(StoreSettings.of(data, true));
    }

    private Batch batch() {
        Batch batch = new Batch();
        batch.no = ++no;
        batch.bootNo = 1;
        return batch;
    }

    private Batch probe() {
        Batch batch = new Batch();
        batch.no = no;
        return batch;
    }

    private Batch names() {
        Batch batch = batch();
        batch.agents.add(new Recovered.AgentRow("default", "a", 0, EPOCH));
        batch.streams.add(new Recovered.StreamRow(1, "default", "a", "b", 0, EPOCH, 0));
        batch.lanes.add(new Recovered.LaneRow(1, "default", "a", "b", 0, EPOCH, 0, new long[0], 0, 0));
        return batch;
    }

    private Batch messages(int count) {
        Batch batch = batch();
        segments.add(batch.no);
        Random random = new Random(no);
        for (int i = 0; i < count; i++) {
            byte[] frame = new byte[1_000];
            random.nextBytes(frame);
            batch.addIndex(1, batch.addFrame(ByteBuffer.wrap(frame), 0, frame.length), frame.length, EPOCH, ++seq);
        }
        batch.marks.add(new Batch.Mark(1, EPOCH, seq));
        return batch;
    }

    private Batch acks(int count) {
        Batch batch = batch();
        finished = Math.min(seq, finished + count);
        batch.floors.add(new Batch.Floor(1, EPOCH, finished, new long[0]));
        return batch;
    }

    private Batch deadLetter() {
        Batch batch = acks(1);
        batch.deadLetters.add(new Batch.DeadLetter(
                new DeadLetterRow(
                        ++letters,
                        1,
                        1,
                        letters,
                        "a",
                        "b",
                        "message",
                        EPOCH,
                        finished,
                        "fill",
                        1,
                        6,
                        1,
                        2,
                        "boom",
                        3,
                        new byte[1_000]),
                1));
        return batch;
    }
}
