package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * D4: files damaged by chance. A damaged store is either refused, kept whole and refused again, or every frame that it lost has a name; what it delivers is right.
 * {@code -Drelay.damaged.files=1000} for the long run.
 */
class DamagedStoreTest {
    private static final int FILES = Integer.getInteger("relay.damaged.files", 200);
    private static final long SEED = 4;
    private static final int BATCHES = 100;
    private static final int IN_THE_LOG = 10;
    private static final List<String> NAMES = List.of("relay.db", "relay.db-wal", "relay.id");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private Path original = Path.of("");
    private final StoreScript script = new StoreScript(SEED);
    private int harmless;
    private int named;
    private int refused;

    /** Most batches are in the database, the last in the log, as after a kill. */
    @BeforeEach
    void make() throws Exception {
        Path live = Files.createDirectory(dir.resolve("live"));
        original = Files.createDirectory(dir.resolve("original"));
        StoreSettings settings = new StoreSettings(live, true, 0, 0, Long.MAX_VALUE / 16);
        try (TestStore store = TestStore.open(settings)) {
            run(store, BATCHES - IN_THE_LOG);
        }
        try (TestStore store = TestStore.open(settings)) {
            run(store, BATCHES);
            for (String name : NAMES) {
                Files.copy(live.resolve(name), original.resolve(name));
            }
        }
    }

    private void run(TestStore store, int until) throws Exception {
        while (script.batches() < until) {
            assertThat(store.commit(script.next())).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    @Test
    void I31_noDamagedFileDeliversAWrongPayloadOrStartsEmpty() throws Exception {
        for (int i = 0; i < FILES; i++) {
            Path copy = copy("damaged-" + i);
            String what = damage(copy, new SplittableRandom(i));
            judge(copy, "file=" + i + " " + what);
            deleteTree(copy);
        }
        System.out.println("damaged files: " + FILES + ", refused and kept " + refused + ", lost frames named " + named
                + ", harmless " + harmless + ", wrong payloads 0, empty starts 0");
        assertThat(refused).isPositive();
        assertThat(named).isPositive();
    }

    @Test
    void I31_aStoreWhoseFilesAreGoneIsRefusedUntilSomebodyDecides() throws Exception {
        for (List<String> gone :
                List.of(List.of("relay.db"), List.of("relay.db-wal"), List.of("relay.db", "relay.db-wal"))) {
            Path copy = copy("gone-" + String.join("-", gone));
            for (String name : gone) {
                Files.delete(copy.resolve(name));
            }
            assertRefusedTwice(copy);
        }
    }

    @Test
    void I31_anOlderCopyPutInPlaceByHandIsNotTakenForTheStore() throws Exception {
        Path copy = copy("older");
        try (TestStore store = TestStore.open(settings(copy))) {
            assertThat(store.recovered.bootNo()).isEqualTo(3);
        }
        Files.copy(
                original.resolve("relay.db"),
                copy.resolve("relay.db"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertRefusedTwice(copy);
    }

    private void judge(Path copy, String what) throws Exception {
        try (TestStore store = TestStore.open(settings(copy))) {
            StoreScript.Verdict verdict = script.compare(store.recovered, store);
            assertThat(verdict.wrong()).as(what).isEmpty();
            if (verdict.damaged().isEmpty()) {
                harmless++;
            } else {
                named++;
            }
        } catch (StoreException e) {
            refused++;
            assertRefusedTwice(copy);
        }
    }

    private static void assertRefusedTwice(Path copy) throws IOException {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> TestStore.open(settings(copy)).close())
                    .isInstanceOfSatisfying(
                            StoreException.class,
                            e -> assertThat(e.reason())
                                    .isIn(StoreException.Cause.CORRUPT, StoreException.Cause.FOREIGN));
        }
        assertThat(copy.resolve("relay.id")).exists();
    }

    private static StoreSettings settings(Path dir) {
        return new StoreSettings(dir, true, 0, 0, Long.MAX_VALUE / 16);
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(dir.resolve(name));
        for (String file : NAMES) {
            Files.copy(original.resolve(file), copy.resolve(file));
        }
        return copy;
    }

    private static String damage(Path copy, SplittableRandom random) throws IOException {
        String name = random.nextInt(2) == 0 ? "relay.db" : "relay.db-wal";
        try (RandomAccessFile file = new RandomAccessFile(copy.resolve(name).toFile(), "rw")) {
            long at = random.nextLong(file.length());
            int kind = random.nextInt(8);
            switch (kind) {
                case 0 -> file.setLength(at);
                case 1 -> overwrite(file, at & -512, new byte[512]);
                default -> overwrite(file, at, new byte[] {(byte) (peek(file, at) ^ 1 << random.nextInt(8))});
            }
            return name + (kind == 0 ? " cut" : kind == 1 ? " sector zeroed" : " bit flipped") + " at " + at;
        }
    }

    private static int peek(RandomAccessFile file, long at) throws IOException {
        file.seek(at);
        return file.read();
    }

    private static void overwrite(RandomAccessFile file, long at, byte[] bytes) throws IOException {
        file.seek(at);
        file.write(bytes, 0, (int) Math.min(bytes.length, file.length() - at));
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
