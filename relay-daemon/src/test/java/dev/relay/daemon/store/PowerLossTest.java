package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.DaemonDriver;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * D1 and K3 on the real store: a child process runs a script on a recorded disk; then the power is cut, or the process killed, at recorded operations, and what is left
 * is opened by the real recovery, and by a whole daemon in a process of its own. Long runs: {@code -Drelay.power.cuts=10000}, {@code -Drelay.power.starts=200},
 * {@code -Drelay.kill.points=0} for every operation.
 */
class PowerLossTest {
    private static final int CUTS = Integer.getInteger("relay.power.cuts", 500);
    private static final int STARTS = Integer.getInteger("relay.power.starts", 3);
    private static final int KILL_POINTS = Integer.getInteger("relay.kill.points", 150);
    private static final int BATCHES = Integer.getInteger("relay.power.batches", 200);
    private static final int UPGRADE_CUTS = 160;
    private static final long SEED = 11;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private final TreeMap<Long, StoreScript> states = new TreeMap<>();

    @Test
    void I3_atLevel2APowerLossLosesNothingThatWasConfirmed() throws Exception {
        DiskLog log = record("full");
        if (log == null) {
            return;
        }
        int lost = 0;
        int[] ends = cuts(log.size(), CUTS);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int end : ends) {
            log.playTo(end);
            Path image = Files.createDirectory(dir.resolve("image"));
            log.writeAfterPowerLoss(image, random);
            long found = recover(image, "power loss after operation " + end);
            assertThat(found).as("batches after operation " + end).isBetween(log.confirmed(), log.confirmed() + 1);
            lost += found < log.confirmed() ? 1 : 0;
            deleteTree(image);
        }
        System.out.println("power loss, level L2: " + ends.length + " cut points of " + log.size()
                + " operations, lost " + lost + ", corrupt starts 0");
    }

    @Test
    void I3_aDaemonStartsOnWhatAPowerLossLeavesAndLosesNothing() throws Exception {
        DiskLog log = record("full");
        if (log == null) {
            return;
        }
        SplittableRandom random = new SplittableRandom(SEED);
        for (int end : cuts(log.size(), STARTS)) {
            log.playTo(end);
            Path image = Files.createDirectory(dir.resolve("image"));
            log.writeAfterPowerLoss(image, random);
            Path started = copy(image, dir.resolve("started"));
            long found = recover(image, "power loss after operation " + end);
            assertThat(found).as("batches after operation " + end).isBetween(log.confirmed(), log.confirmed() + 1);
            startAndStop(started);
            try (TestStore store = TestStore.open(new StoreSettings(started, true, 0, 0, 1 << 30))) {
                assertThat(store.recovered.lastSegment())
                        .as("what the daemon found")
                        .isGreaterThanOrEqualTo(found);
            }
            deleteTree(image);
            deleteTree(started);
        }
        System.out.println("power loss, started by a daemon: " + STARTS + " cut points, lost 0, corrupt starts 0");
    }

    private static Path copy(Path image, Path to) throws IOException {
        Files.createDirectory(to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Stream<Path> files = Files.list(image)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private void startAndStop(Path image) throws Exception {
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DaemonDriver.class.getName(),
                        dir.resolve("run").resolve("relay.sock").toString(),
                        image.toString())
                .redirectError(dir.resolve("daemon.log").toFile())
                .start();
        try (BufferedReader said = daemon.inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            while (line != null && !line.startsWith("ready")) {
                line = said.readLine();
            }
            assertThat(line).as(Files.readString(dir.resolve("daemon.log"))).isNotNull();
            daemon.getOutputStream().close();
            assertThat(daemon.waitFor()).isZero();
        } finally {
            daemon.destroyForcibly();
        }
    }

    @Test
    void I4_atLevel1APowerLossLosesOnlyTheNewest() throws Exception {
        DiskLog log = record("normal");
        if (log == null) {
            return;
        }
        int[] ends = cuts(log.size(), CUTS / 4);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int end : ends) {
            log.playTo(end);
            Path image = Files.createDirectory(dir.resolve("image"));
            log.writeAfterPowerLoss(image, random);
            bootTheMachine(image);
            long found = recover(image, "power loss after operation " + end);
            assertThat(found).isLessThanOrEqualTo(log.confirmed() + 1);
            deleteTree(image);
        }
        System.out.println("power loss, level L1: " + ends.length + " cut points, always a prefix");
    }

    /** As if relay.id had been written before the machine was booted; see its layout there. */
    private static void bootTheMachine(Path image) throws IOException {
        Path file = image.resolve(StoreIdentity.FILE);
        if (!Files.exists(file) || Files.size(file) < StoreIdentity.SECTOR_BYTES + 28) {
            return;
        }
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer witness =
                ByteBuffer.wrap(bytes, StoreIdentity.SECTOR_BYTES, 28).slice();
        CRC32C crc = new CRC32C();
        crc.update(witness.duplicate().limit(24));
        if ((int) crc.getValue() == witness.getInt(24)) {
            witness.putLong(16, 7);
            crc.reset();
            crc.update(witness.duplicate().limit(24));
            witness.putInt(24, (int) crc.getValue());
            Files.write(file, bytes);
        }
    }

    @Test
    void K3_aKillAtAnyOperationLosesNothing() throws Exception {
        DiskLog log = record("full");
        if (log == null) {
            return;
        }
        int[] ends = cuts(log.size(), KILL_POINTS == 0 ? log.size() : KILL_POINTS);
        for (int end : ends) {
            log.playTo(end);
            Path image = Files.createDirectory(dir.resolve("image"));
            log.writeCurrent(image);
            assertThat(recover(image, "kill before operation " + end))
                    .as("batches after operation " + end)
                    .isBetween(log.confirmed(), log.confirmed() + 1);
            deleteTree(image);
        }
        System.out.println("kill at operation N: " + ends.length + " of " + log.size() + " operations, lost 0");
    }

    @Test
    void K3_aProcessReallyKilledInTheMiddleOfAWriteLosesNothing() throws Exception {
        DiskShim shim = DiskShim.compile(dir, "K3 with real kills");
        if (shim == null) {
            return;
        }
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 4; i++) {
            Path data = Files.createDirectory(dir.resolve("killed-" + i));
            Process child = shim.start(
                    DiskShim.Plan.kill(20 + random.nextInt(600), i % 2 == 0),
                    data,
                    StoreDriver.class,
                    arguments(data, "full"));
            assertThat(child.waitFor()).isEqualTo(128 + 9);
            long confirmed = Files.size(data.resolve(StoreDriver.MARKS)) / Long.BYTES;
            assertThat(recover(data, "kill " + i)).isBetween(confirmed, confirmed + 1);
        }
    }

    @Test
    void K4_aCrashDuringAnUpgradeOfTheSchemaLosesNothing() throws Exception {
        DiskShim shim = DiskShim.compile(dir, "K4, crashes during a schema upgrade");
        if (shim == null) {
            return;
        }
        Path data = Files.createDirectory(dir.resolve("data"));
        Path file = dir.resolve("disk.log");
        Process child = shim.start(DiskShim.Plan.record(file), data, UpgradeDriver.class, data.toString());
        assertThat(child.waitFor()).isZero();
        DiskLog log = DiskLog.read(file);
        SplittableRandom random = new SplittableRandom(SEED);
        int points = 0;
        for (int end : cuts(log.size(), UPGRADE_CUTS)) {
            log.playTo(end);
            if (log.confirmed() == 1) {
                points++;
                Path image = Files.createDirectory(dir.resolve("image"));
                if (points % 2 == 0) {
                    log.writeCurrent(image);
                } else {
                    log.writeAfterPowerLoss(image, random);
                }
                try (TestStore store = TestStore.open(new StoreSettings(image, true, 0, 0, 1 << 30))) {
                    Schema1.assertHolds(store);
                }
                deleteTree(image);
            }
        }
        assertThat(points).isPositive();
        System.out.println("crashes during a schema upgrade: " + points + ", lost 0");
    }

    /** Opens what is left, compares all of it with what must be there after that many batches; returns how many. */
    private long recover(Path image, String what) throws Exception {
        try (TestStore store = TestStore.open(new StoreSettings(image, true, 0, 0, 1 << 30))) {
            long batches = store.recovered.lastSegment();
            StoreScript.Verdict verdict = state(batches).compare(store.recovered, store);
            assertThat(verdict.wrong()).as(what).isEmpty();
            assertThat(verdict.damaged()).as(what).isEmpty();
            return batches;
        } catch (StoreException e) {
            throw new AssertionError(what, e);
        }
    }

    private StoreScript state(long batches) {
        return states.computeIfAbsent(batches, n -> StoreScript.after(SEED, n));
    }

    private @org.jspecify.annotations.Nullable DiskLog record(String level) throws Exception {
        DiskShim shim = DiskShim.compile(dir, "D1 and K3, power loss and kills by operation");
        if (shim == null) {
            return null;
        }
        Path data = Files.createDirectory(dir.resolve("data"));
        Path log = dir.resolve("disk.log");
        Process child = shim.start(DiskShim.Plan.record(log), data, StoreDriver.class, arguments(data, level));
        assertThat(child.waitFor()).isZero();
        assertThat(recover(data, "the whole script")).isEqualTo(BATCHES);
        return DiskLog.read(log);
    }

    private static String[] arguments(Path data, String level) {
        return new String[] {data.toString(), Long.toString(SEED), Integer.toString(BATCHES), "100000", level};
    }

    /** Points spread over the log, in order; more than there are operations means several images of each. */
    private static int[] cuts(int operations, int count) {
        return new SplittableRandom(count)
                .ints(count, 1, operations + 1)
                .sorted()
                .toArray();
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
