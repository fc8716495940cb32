package dev.relay.cli.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.cli.JavaCommand;
import dev.relay.cli.ProcessFloor;
import dev.relay.client.Relay;
import dev.relay.client.redis.RedisAddress;
import dev.relay.client.redis.StateReader;
import dev.relay.protocol.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every part of a running floor is stalled, starved and killed: the health of whoever is left, and {@code relay top}, name the right cause, and its metric is the one that an alarm
 * watches. The deadline is for a loaded machine; the time that it took is printed.
 */
class CausesIT {
    private static final Duration OFTEN = Duration.ofMillis(20);

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldNameWhoeverIsStalledStarvedOrKilled() throws Exception {
        try (ProcessFloor floor = new ProcessFloor(dir);
                Sources top = sources(floor)) {
            start(floor);
            top.start();
            until(() -> causes(top).isEmpty());
            stalls(floor, top);
            starves(floor, top);
            kills(floor, top);
        }
    }

    private void start(ProcessFloor floor) throws Exception {
        Files.writeString(dir.resolve("relay.yaml"), "templates: {none: {command: [/bin/true]}}\n");
        floor.redis();
        floor.exchange();
        floor.daemon();
        floor.start(
                "worker", JavaCommand.relay(List.of("sub", "x.>", "--as", "worker", "--socket", floor.socket() + "")));
        floor.sidecar();
        floor.relay(
                "supervisor",
                "--config=" + dir.resolve("relay.yaml"),
                "--run-dir=" + dir,
                "--socket=" + floor.socket());
        until(() -> floor.page("daemon", "/agents").contains("\"worker\""));
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

    private static void stalls(ProcessFloor floor, Sources top) throws Exception {
        stall(floor, top, "worker", "daemon", "agents_silent", "worker (pid");
        stall(floor, top, "supervisor", "daemon", "agents_silent", "supervisor (pid");
        stall(floor, top, "sidecar", "daemon", "agents_silent", "sidecar (pid");
        stall(floor, top, "exchange", "sidecar", "feed_silent", "feed_silent: venue=BINANCE");
        stall(floor, top, "redis", "sidecar", "redis_silent", "Redis does not answer");
        stall(floor, top, "daemon", "sidecar", "bus_silent", "daemon does not answer");
    }

    private static void stall(ProcessFloor floor, Sources top, String part, String witness, String cause, String seen)
            throws Exception {
        floor.signal("STOP", part);
        named(floor, top, part + " stalled", witness, cause, seen);
        recovers(floor, top, part);
    }

    private static void recovers(ProcessFloor floor, Sources top, String part) throws Exception {
        floor.signal("CONT", part);
        until(() -> floor.page("sidecar", "/readyz").equals("ready\n")
                && floor.page("daemon", "/health").contains("\"deductions\":[]")
                && causes(top).isEmpty());
    }

    /** Redis has no memory left; an agent runs for a moment a second. */
    private static void starves(ProcessFloor floor, Sources top) throws Exception {
        redis(floor, "CONFIG", "SET", "maxmemory", "1");
        named(floor, top, "redis starved", "sidecar", "redis_refuses", "redis_refuses");
        redis(floor, "CONFIG", "SET", "maxmemory", "0");
        recovers(floor, top, "redis");
        try (Starving starving = new Starving(floor.child("worker").pid())) {
            named(floor, top, "worker starved", "daemon", "agents_silent", "worker (pid");
            assertThat(starving.turns()).isPositive();
        }
        recovers(floor, top, "worker");
    }

    private static void redis(ProcessFloor floor, String... command) throws Exception {
        List<String> line = new ArrayList<>(List.of("redis-cli", "-s", floor.redisSocket()));
        line.addAll(List.of(command));
        assertThat(new ProcessBuilder(line).start().waitFor()).isZero();
    }

    private static void kills(ProcessFloor floor, Sources top) throws Exception {
        kill(floor, top, "worker", "daemon", "agents_lost", "worker ended without a goodbye");
        kill(floor, top, "supervisor", "daemon", "agents_lost", "supervisor ended without a goodbye");
        Files.createFile(floor.dir.resolve("s/KILLED"));
        named(floor, top, "kill switch closed", "sidecar", "killed", "kill switch is on");
        kill(floor, top, "exchange", "sidecar", "feed_not_streaming", "feed_not_streaming");
        kill(floor, top, "redis", "sidecar", "redis_down", "Redis does not answer");
        kill(floor, top, "daemon", "sidecar", "bus_disconnected", "daemon does not answer");
        assertThat(floor.page("sidecar", "/livez")).isEqualTo("live\n");
        floor.daemon();
        until(() -> floor.page("daemon", "/agents").contains("\"sidecar\""));
        kill(floor, top, "sidecar", "daemon", "agents_lost", "sidecar ended without a goodbye");
    }

    private static void kill(ProcessFloor floor, Sources top, String part, String witness, String cause, String seen)
            throws Exception {
        floor.signal("KILL", part);
        named(floor, top, part + " killed", witness, cause, seen);
    }

    private static void named(ProcessFloor floor, Sources top, String what, String witness, String cause, String seen) {
        long startNs = System.nanoTime();
        long[] tookMs = {0, 0};
        until(() -> {
            note(tookMs, 0, startNs, isNamed(floor.page(witness, "/health?verbose"), cause, what));
            note(tookMs, 1, startNs, causes(top).stream().anyMatch(line -> line.contains(seen)));
            return tookMs[0] > 0 && tookMs[1] > 0;
        });
        System.out.printf("cause: %s health=%s health_ms=%d top_ms=%d%n", what, cause, tookMs[0], tookMs[1]);
        until(() -> floor.page(witness, "/metrics")
                .lines()
                .anyMatch(line -> line.startsWith("relay_health_deduction_points{name=\"" + cause + "\"}")
                        && !line.endsWith(" 0.0")));
    }

    /** A deduction of that name; one about agents says which. */
    private static boolean isNamed(String health, String cause, String what) {
        if (!health.isEmpty() && Json.object(health).get("deductions") instanceof List<?> deductions) {
            String who = cause.startsWith("agents_") ? what.replaceFirst(" .*", "") : "";
            return deductions.stream()
                    .map(each -> (Map<?, ?>) each)
                    .anyMatch(each -> cause.equals(each.get("name"))
                            && String.valueOf(each.get("detail")).contains(who));
        }
        return false;
    }

    private static void note(long[] tookMs, int at, long startNs, boolean isThere) {
        if (isThere && tookMs[at] == 0) {
            tookMs[at] = Math.max(1, (System.nanoTime() - startNs) / 1_000_000);
        }
    }

    private static List<String> causes(Sources top) {
        return top.picture().causes();
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(ProcessFloor.PATIENCE).pollInterval(OFTEN).until(condition);
    }
}
