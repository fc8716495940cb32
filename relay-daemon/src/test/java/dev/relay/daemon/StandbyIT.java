package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.daemon.store.DiskShim;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * I33: a standby takes over from a killed daemon with all that was confirmed; agents come along by themselves. It waits for nothing but the lock, so what it takes of the processor from the kill on, which
 * does not depend on what else the machine does, bounds its time on one that is not busy otherwise: 2 s.
 */
class StandbyIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long TAKE_OVER_MS = 2_000;

    @TempDir
    Path dir = Path.of("");

    @Test
    void I33_takesOverFromAKilledDaemon() throws Exception {
        String socket = dir.resolve("run/relay.sock").toString();
        String data = dir.resolve("data").toString();
        Process first = DiskShim.startPlain(DaemonDriver.class, socket, data);
        assertThat(first.inputReader().readLine()).startsWith("ready");
        Process second = DiskShim.startPlain(DaemonDriver.class, socket, data, "standby");
        BufferedReader words = second.inputReader();
        assertThat(words.readLine()).startsWith("waiting");
        CompletableFuture<Long> takenOverNs = CompletableFuture.supplyAsync(() -> readyNs(words));
        ConcurrentLinkedQueue<String> delivered = new ConcurrentLinkedQueue<>();
        try (Relay sender = Relay.builder("sender").socket(Path.of(socket)).connect()) {
            sender.control("agents.add", Map.of("name", "reader"));
            for (int i = 0; i < 100; i++) {
                var unused = sender.send("reader", "note", "m" + i).result(PATIENCE);
            }
            assertThat(takenOverNs).isNotDone();
            long killedNs = System.nanoTime();
            long spentMs = processorMs(second);
            first.destroyForcibly();
            long tookMs = (takenOverNs.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) - killedNs) / 1_000_000;
            spentMs = processorMs(second) - spentMs;
            System.out.println("standby took over after " + tookMs + " ms, processor " + spentMs + " ms");
            assertThat(spentMs).isLessThan(TAKE_OVER_MS);
            var unused = sender.send("reader", "note", "m100").result(PATIENCE);
            try (Relay reader = Relay.builder("reader").socket(Path.of(socket)).connect()) {
                reader.on("note", m -> delivered.add(m.text())).start();
                Awaitility.await().atMost(PATIENCE).until(() -> delivered.size() == 101);
            }
        }
        second.getOutputStream().close();
        assertThat(second.waitFor()).isZero();
    }

    private static long processorMs(Process process) {
        return process.info().totalCpuDuration().orElseThrow().toMillis();
    }

    private static long readyNs(BufferedReader words) {
        try {
            return String.valueOf(words.readLine()).startsWith("ready") ? System.nanoTime() : Long.MAX_VALUE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
