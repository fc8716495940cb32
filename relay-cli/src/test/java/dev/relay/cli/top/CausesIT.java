package dev.relay.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.cli.JavaCommand;
import dev.relay.cli.ProcessFloor;
import dev.relay.client.Relay;
import dev.relay.client.redis.RedisAddress;
import dev.relay.client.redis.StateReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every part of a running floor is stalled, starved and killed. The rows of docs/runbooks.md say what must be seen then: the name in the health of whoever is left, what its readiness says, the line on the
 * screen of {@code relay top}, and the alarms that fire on what was scraped. Deadlines are for a loaded machine; the times that it took are printed and kept in target/causes.jsonl.
 * {@code -Drelay.causes=all} runs every row, by default those that are soon over.
 */
class CausesIT {
    static final boolean IS_ALL = "all".equals(System.getProperty("relay.causes"));
    private static final List<String> PARTS = List.of("agent", "sidecar", "exchange", "redis", "daemon");
    private static final int MANY = 20;
    private static final Map<String, Object> ORDER =
            Map.of("symbol", "BTC-USDT", "side", "BUY", "type", "LIMIT", "price", "50000.10", "quantity", "0.001");

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldNameWhoeverIsStalledStarvedOrKilled() throws Exception {
        try (SmallDisks disks = new SmallDisks();
                ProcessFloor floor = new ProcessFloor(dir);
                Sources top = sources(floor)) {
            if (IS_ALL) {
                disks.mount(floor.data("daemon"));
                disks.mount(floor.data("sidecar"));
            }
            start(floor);
            top.start();
            Witness witness = new Witness(floor, top);
            witness.awaitCalm();
            stalls(floor, witness);
            starves(floor, witness);
            kills(floor, witness);
            if (IS_ALL) {
                fullDaemon(floor, witness);
                assertThat(witness.unseen()).isEmpty();
            }
            Files.write(Path.of("target/causes.jsonl"), witness.figures());
            witness.checkAlarms(dir);
        }
    }

    private static void start(ProcessFloor floor) {
        floor.startAll();
        String socket = floor.socket().toString();
        floor.start("agent", JavaCommand.relay(List.of("sub", "x.>", "--as", "agent", "--socket", socket)));
        Witness.until(() -> floor.page("daemon", "/agents").contains("\"agent\""));
    }

    /** As {@code relay top} has them. */
    private static Sources sources(ProcessFloor floor) {
        Sources.Books books = new Sources.Books() {
            @Override
            public StateReader open() {
                return new StateReader(RedisAddress.parse("unix:" + floor.redisSocket()));
            }

            @Override
            public List<Map<String, Object>> read(StateReader reader) {
                return reader.books(List.of("BINANCE"), "book:<SYMBOL>");
            }
        };
        return new Sources(
                () -> Relay.builder("watcher").socket(floor.socket()).connect(), books, Duration.ofMillis(250));
    }

    private static void stalls(ProcessFloor floor, Witness witness) throws Exception {
        for (String part : PARTS) {
            witness.fault(part + " stalled", () -> floor.signal("STOP", part));
            floor.signal("CONT", part);
            witness.awaitCalm();
        }
    }

    /** Redis without memory, a daemon without files or its socket, a process that runs for a moment a second, a disk without room. */
    private static void starves(ProcessFloor floor, Witness witness) throws Exception {
        witness.fault("redis full", () -> maxMemory(floor, "1"));
        maxMemory(floor, "0");
        witness.awaitCalm();
        cutsShort(floor, witness);
        for (String part : IS_ALL ? PARTS : List.of("agent")) {
            try (Starving starving = new Starving(floor, part)) {
                witness.fault(part + " starved", starving::start);
            }
            witness.awaitCalm();
        }
        if (IS_ALL) {
            fullSidecar(floor, witness);
        }
    }

    /** Files: as many as it has open, and a fifth more. Its socket: out of the way. */
    private static void cutsShort(ProcessFloor floor, Witness witness) throws Exception {
        long open;
        try (Stream<Path> files =
                Files.list(Path.of("/proc", Long.toString(floor.child("daemon").pid()), "fd"))) {
            open = files.count();
        }
        witness.fault("daemon short of files", () -> limitFiles(floor, open * 6 / 5));
        limitFiles(floor, 4_096);
        witness.awaitCalm();
        Path aside = floor.socket().resolveSibling("aside");
        witness.fault("daemon cut off", () -> Files.move(floor.socket(), aside));
        Files.move(aside, floor.socket());
        witness.awaitCalm();
    }

    /** The soft limit, so that it can be raised again. */
    private static void limitFiles(ProcessFloor floor, long files) throws IOException, InterruptedException {
        String pid = Long.toString(floor.child("daemon").pid());
        ProcessFloor.run("prlimit", "--pid", pid, "--nofile=" + files + ":");
    }

    private static void maxMemory(ProcessFloor floor, String bytes) throws IOException, InterruptedException {
        ProcessFloor.run("redis-cli", "-s", floor.redisSocket(), "CONFIG", "SET", "maxmemory", bytes);
    }

    private static void fullSidecar(ProcessFloor floor, Witness witness) throws Exception {
        Path disk = floor.data("sidecar");
        try (Relay trader = Relay.builder("trader").socket(floor.socket()).connect()) {
            witness.fault("sidecar full", () -> SmallDisks.fill(disk), () -> {
                var unused = trader.send("sidecar", "orders.place", ORDER);
            });
            SmallDisks.free(disk);
            witness.awaitCalm();
        }
    }

    private static void kills(ProcessFloor floor, Witness witness) throws Exception {
        witness.fault("agent killed", () -> floor.signal("KILL", "agent"));
        witness.fault(
                "orders killed", () -> Files.createFile(floor.data("sidecar").resolve("KILLED")));
        for (String part : List.of("exchange", "redis", "daemon")) {
            witness.fault(part + " killed", () -> floor.signal("KILL", part));
        }
        assertThat(floor.page("sidecar", "/livez")).isEqualTo("live\n");
        floor.daemon();
        floor.awaitReady("daemon");
        Witness.until(() -> !floor.page("sidecar", "/health").contains("bus_")
                && !witness.sees("daemon")
                && witness.sees("redis_down"));
        witness.fault("sidecar killed", () -> floor.signal("KILL", "sidecar"));
    }

    private static void fullDaemon(ProcessFloor floor, Witness witness) throws Exception {
        byte[] large = new byte[65_536];
        try (Relay sender = Relay.builder("sender").socket(floor.socket()).connect()) {
            sender.control("agents.add", Map.of("name", "nobody"));
            witness.fault("daemon full", () -> SmallDisks.fill(floor.data("daemon")), () -> {
                for (int i = 0; i < MANY; i++) {
                    var unused = sender.send("nobody", "note", large);
                }
            });
        }
    }
}
