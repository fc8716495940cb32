package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups of a store in use, restores under another identity, checks that name what is damaged. */
class StoreBackupTest {
    private static final long SEED = 21;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private Path data = Path.of("");
    private Path file = Path.of("");
    private final StoreScript script = new StoreScript(SEED);

    @BeforeEach
    void make() throws Exception {
        data = Files.createDirectory(dir.resolve("data"));
        file = dir.resolve("backup.db");
        try (TestStore store = open(data)) {
            run(store, 80);
        }
    }

    @Test
    void tellsHowFarACheckIsUntilItsEnd() throws Exception {
        open(data).close();
        List<String> told = new ArrayList<>();
        StoreCheck.run(data, (part, now, of) -> told.add(part + " " + now + " of " + of));
        int tables = SummedTable.STATE.size();
        assertThat(told).contains("tables 1 of " + tables, "tables " + tables + " of " + tables);
    }

    @Test
    void copiesAStoreInUseAsOfOneMoment() throws Exception {
        long found;
        try (TestStore store = open(data)) {
            AtomicBoolean isDone = new AtomicBoolean();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> writeUntil(store, isDone));
            Map<String, Object> result = StoreBackup.backup(data, file, StoreProgress.NONE);
            isDone.set(true);
            writer.join();
            assertThat(result).containsEntry("whole", true);
        }
        Path restored = dir.resolve("restored");
        StoreBackup.restore(file, restored, StoreProgress.NONE);
        try (TestStore store = open(restored)) {
            found = store.recovered.lastSegment();
            assertThat(found).isGreaterThanOrEqualTo(80);
            assertThat(StoreScript.after(SEED, found)
                            .compare(store.recovered, store)
                            .wrong())
                    .isEmpty();
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder("data", "restored", "backup.db");
        }
    }

    private void writeUntil(TestStore store, AtomicBoolean isDone) {
        try {
            do {
                run(store, (int) script.batches() + 1);
            } while (!isDone.get());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void I9_aRestoredStoreIsAnotherStoreWithHigherBootNumbersAndKeepsWhatWasThere() throws Exception {
        StoreBackup.backup(data, file, StoreProgress.NONE);
        String uuid;
        byte[] key;
        try (TestStore store = open(data)) {
            uuid = store.recovered.storeUuid();
            key = store.recovered.storeKey();
            assertThat(store.recovered.bootNo()).isEqualTo(2);
            assertThatThrownBy(() -> StoreBackup.restore(file, data, StoreProgress.NONE))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.LOCKED));
        }
        Map<String, Object> result = StoreBackup.restore(file, data, StoreProgress.NONE);
        assertThat(Path.of(String.valueOf(result.get("before"))).resolve("relay.db"))
                .exists();
        try (TestStore store = open(data)) {
            assertThat(store.recovered.storeUuid()).isNotEqualTo(uuid);
            assertThat(store.recovered.storeKey()).isNotEqualTo(key);
            assertThat(store.recovered.bootNo()).isEqualTo(3);
            assertThat(StoreScript.after(SEED, 80)
                            .compare(store.recovered, store)
                            .wrong())
                    .isEmpty();
        }
    }

    @Test
    void refusesADamagedBackupAndLeavesTheStoreAlone() throws Exception {
        StoreBackup.backup(data, file, StoreProgress.NONE);
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.seek(f.length() / 2);
            f.write(new byte[4_096]);
        }
        assertThatThrownBy(() -> StoreBackup.restore(file, data, StoreProgress.NONE))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.CORRUPT));
        try (TestStore store = open(data)) {
            assertThat(store.recovered.lastSegment()).isEqualTo(80);
        }
    }

    @Test
    void I31_anEmptyStoreComesAfterALossOnlyWhenSomebodySaysSo() throws Exception {
        Files.delete(data.resolve("relay.db"));
        assertThatThrownBy(() -> open(data).close()).isInstanceOf(StoreException.class);
        StoreBackup.acceptLoss(data);
        try (TestStore store = open(data)) {
            assertThat(store.recovered.lanes()).isEmpty();
            assertThat(store.recovered.bootNo()).isEqualTo(1);
        }
        assertThatThrownBy(() -> StoreBackup.acceptLoss(data)).hasMessageContaining("nothing was lost");
    }

    @Test
    void checkNamesEachDamagedFrameAndChangesNothing() throws Exception {
        assertThat(StoreCheck.run(data, StoreProgress.NONE).isWhole()).isTrue();
        byte[] whole = Files.readAllBytes(data.resolve("relay.db"));
        StoredFrame last;
        try (TestStore store = open(data)) {
            last = store.all(4).get(0);
        }
        byte[] bytes = Files.readAllBytes(data.resolve("relay.db"));
        int at = indexOf(bytes, java.util.Arrays.copyOf(Objects.requireNonNull(last.frame()), 32));
        assertThat(at).isPositive();
        bytes[at] ^= 1;
        Files.write(data.resolve("relay.db"), bytes);
        StoreCheck.Report report = StoreCheck.run(data, StoreProgress.NONE);
        assertThat(report.findings())
                .isNotEmpty()
                .allSatisfy(f -> assertThat(f).startsWith("frame: ").contains("seq=" + last.seq()));
        assertThat(Files.readAllBytes(data.resolve("relay.db"))).isEqualTo(bytes);
        assertThat(whole).hasSameSizeAs(bytes);
        assertThat(StoreCheck.info(data)).containsEntry("daemon_runs", false).containsEntry("last_batch", 80L);
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (java.util.Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        return -1;
    }

    private static TestStore open(Path data) throws StoreException {
        return TestStore.open(new StoreSettings(data, true, 0, 0, 1 << 20));
    }

    private void run(TestStore store, int until) throws Exception {
        while (script.batches() < until) {
            assertThat(store.commit(script.next())).isEqualTo(CommitOutcome.COMMITTED);
        }
    }
}
