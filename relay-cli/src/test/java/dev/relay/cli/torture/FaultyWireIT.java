package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.SendHandle;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients and daemon over a wire that breaks at any byte: what is told ok arrives once and in order, as long as the processes live.
 * {@code -Drelay.n1.scripts} many scripts, 24 by default; {@code -Drelay.n1.seed} for the first of them.
 */
class FaultyWireIT {
    private static final int MESSAGES = 120;
    private static final int REQUESTS = 12;
    private static final int AT_ONCE = 6;

    @TempDir
    private Path dir;

    @Test
    void N1_shouldDeliverOnceAndInOrderOverAWireThatBreaksAtAnyByte() throws Exception {
        long first = Long.getLong("relay.n1.seed", 1);
        long scripts = Long.getLong("relay.n1.scripts", 24);
        long[] did = new long[5];
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("d.sock"), dir.resolve("data")))) {
            atOnce(LongStream.range(first, first + scripts), seed -> run(daemon.socket(), seed, did));
        }
        System.out.printf(
                "N1: scripts=%d connections=%d cuts=%d half_closes=%d stalls=%d pieces=%d%n",
                scripts, did[0], did[1], did[2], did[3], did[4]);
        assertThat(LongStream.of(did).limit(3)).allMatch(n -> n > 0);
    }

    private interface Script {
        void run(long seed) throws IOException;
    }

    /** Each script waits most of its time, for what its wire holds back; agents and wire are its own. */
    private static void atOnce(LongStream seeds, Script script) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<Long>> runs = seeds.mapToObj(seed -> threads.submit(() -> {
                        script.run(seed);
                        return seed;
                    }))
                    .toList();
            for (Future<Long> run : runs) {
                assertThat(run.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void run(Path daemon, long seed, long[] did) throws IOException {
        Path wirePath = dir.resolve("w" + seed + ".sock");
        List<Integer> handled = Collections.synchronizedList(new ArrayList<>());
        List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
        try (FaultyWire wire = new FaultyWire(wirePath, daemon, seed);
                Relay taker = connect(wirePath, "taker-" + seed);
                Relay sender = connect(wirePath, "sender-" + seed)) {
            taker.onRequest("question", message -> {
                asked.add(number(message.json()));
                return message.json();
            });
            taker.on("letter", message -> handled.add(number(message.json()))).start();
            List<SendHandle> sent = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                sent.add(sender.send("taker-" + seed, "letter", Map.of("n", (long) i)));
                if (i % (MESSAGES / REQUESTS) == 0) {
                    ask(sender, "taker-" + seed, i);
                }
            }
            wire.heal();
            List<Integer> all = IntStream.range(0, MESSAGES).boxed().toList();
            await("seed " + seed)
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> sent.stream().allMatch(SendHandle::isDone));
            assertThat(sent).as("seed %d: nothing was refused", seed).noneMatch(SendHandle::isCompletedExceptionally);
            await("seed " + seed).atMost(Duration.ofSeconds(30)).until(() -> handled.size() >= MESSAGES);
            assertThat(handled).as("seed %d", seed).containsExactlyElementsOf(all);
            assertThat(asked)
                    .as("seed %d: requests", seed)
                    .doesNotHaveDuplicates()
                    .isSorted();
            add(did, wire);
        }
    }

    private static void ask(Relay sender, String target, int n) {
        try {
            Object back = sender.request(target, "question", Map.of("n", (long) n), Duration.ofMillis(300))
                    .json();
            assertThat(number((Map<?, ?>) back)).isEqualTo(n);
        } catch (RelayException e) {
            assertThat(e.code()).as("a broken wire is late, and nothing else").isEqualTo("TIMEOUT");
        }
    }

    private static int number(Map<?, ?> body) {
        return body.get("n") instanceof Number n ? n.intValue() : -1;
    }

    private static Relay connect(Path wire, String name) {
        return Relay.builder(name)
                .socket(wire)
                .connectTimeout(Duration.ofSeconds(30))
                .connect();
    }

    private static synchronized void add(long[] did, FaultyWire wire) {
        did[0] += wire.connections.get();
        did[1] += wire.cuts.get();
        did[2] += wire.halfCloses.get();
        did[3] += wire.stalls.get();
        did[4] += wire.pieces.get();
    }
}
