package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.daemon.store.DiskShim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * D3, I30 with a real daemon whose disk answers EIO once: exit code 74 within a second, no receipt and no sync after it, and all that was
 * confirmed is there again.
 */
class DiskErrorIT {
    private static final int FAILED = 6;
    private static final int SYNC = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    @TempDir
    Path dir = Path.of("");

    private final List<String> confirmed = new ArrayList<>();

    @Test
    void I30_stopsAtAFailedWrite() throws Exception {
        stopsAt("write", 400);
    }

    @Test
    void I30_stopsAtAFailedSyncAndDoesNotSyncAgain() throws Exception {
        stopsAt("sync", 40);
    }

    @Test
    void I30_stopsAtAFailedReadWithoutAnyCommit() throws Exception {
        DiskShim shim = DiskShim.compile(dir, "I30, a failing read");
        if (shim == null) {
            return;
        }
        Path data = Files.createDirectory(dir.resolve("data"), OWNER_ONLY);
        Path log = dir.resolve("disk.log");
        backlog(data);
        int atStart = readsOfAStart(shim, data, log);
        Process daemon = start(shim, DiskShim.Plan.fail("read", atStart + 1L, log), data);
        try (Relay reader = Relay.builder("reader").socket(socket()).connect()) {
            reader.on("note", m -> {}).start();
            assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.exitValue()).isEqualTo(74);
        }
    }

    private void stopsAt(String op, long at) throws Exception {
        DiskShim shim = DiskShim.compile(dir, "I30, a failing " + op);
        if (shim == null) {
            return;
        }
        Path data = Files.createDirectory(dir.resolve("data"), OWNER_ONLY);
        Path log = dir.resolve("disk.log");
        Process daemon = start(shim, DiskShim.Plan.fail(op, at, log), data);
        sendUntilItStops(daemon);
        assertThat(daemon.exitValue()).isEqualTo(74);
        List<Integer> operations = operations(log);
        int failedAt = operations.indexOf(FAILED);
        assertThat(failedAt).isPositive();
        assertThat(operations.subList(failedAt + 1, operations.size())).doesNotContain(SYNC);
        assertThat(confirmed).isNotEmpty();
        assertThat(delivered(data)).containsAll(confirmed);
    }

    private void sendUntilItStops(Process daemon) throws Exception {
        try (Relay sender = Relay.builder("sender")
                .socket(socket())
                .closeTimeout(Duration.ofMillis(100))
                .connect()) {
            sender.control("agents.add", Map.of("name", "reader"));
            for (int i = 1; daemon.isAlive() && i < 2_000; i++) {
                try {
                    var unused = sender.send("reader", "note", "m" + i).result(Duration.ofSeconds(1));
                    confirmed.add("m" + i);
                } catch (RelayException e) {
                    assertThat(daemon.waitFor(2, TimeUnit.SECONDS))
                            .as("the daemon ends when receipts end: " + e.getMessage())
                            .isTrue();
                }
            }
        }
    }

    private void backlog(Path data) throws Exception {
        Process daemon = DiskShim.startPlain(DaemonDriver.class, socket().toString(), data.toString());
        awaitReady(daemon);
        try (Relay sender = Relay.builder("sender").socket(socket()).connect()) {
            sender.control("agents.add", Map.of("name", "reader"));
            for (int i = 0; i < 200; i++) {
                var unused = sender.send("reader", "note", "m" + i + " ".repeat(20_000))
                        .result(PATIENCE);
            }
        }
        end(daemon);
    }

    /** How many reads a start on these files takes, so that the next one is a read of a page. */
    private int readsOfAStart(DiskShim shim, Path data, Path log) throws Exception {
        Process daemon = start(shim, DiskShim.Plan.fail("read", Long.MAX_VALUE, log), data);
        end(daemon);
        int reads = (int) operations(log).stream().filter(op -> op == 5).count();
        Files.delete(log);
        return reads;
    }

    private Queue<String> delivered(Path data) throws Exception {
        Queue<String> delivered = new ConcurrentLinkedQueue<>();
        Process daemon = DiskShim.startPlain(DaemonDriver.class, socket().toString(), data.toString());
        awaitReady(daemon);
        try (Relay reader = Relay.builder("reader").socket(socket()).connect()) {
            reader.on("note", m -> delivered.add(m.text())).start();
            Awaitility.await().atMost(PATIENCE).until(() -> delivered.containsAll(confirmed));
        }
        end(daemon);
        return delivered;
    }

    private Process start(DiskShim shim, DiskShim.Plan plan, Path data) throws IOException {
        Process daemon = shim.start(plan, data, DaemonDriver.class, socket().toString(), data.toString());
        awaitReady(daemon);
        return daemon;
    }

    private static void awaitReady(Process daemon) throws IOException {
        String line = daemon.inputReader().readLine();
        assertThat(line).startsWith("ready");
    }

    private static void end(Process daemon) throws Exception {
        daemon.getOutputStream().close();
        assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private Path socket() {
        return dir.resolve("run/relay.sock");
    }

    private static List<Integer> operations(Path log) throws IOException {
        List<Integer> operations = new ArrayList<>();
        ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(log)).order(ByteOrder.LITTLE_ENDIAN);
        while (b.hasRemaining()) {
            operations.add(b.getInt());
            int nameBytes = b.getInt();
            b.position(b.position() + 16 + nameBytes);
        }
        return operations;
    }
}
