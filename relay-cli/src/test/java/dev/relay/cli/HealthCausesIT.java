package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each part of a running floor is stalled or taken away in turn: health names the cause, readiness goes, and the metric that the alarm watches shows it. */
class HealthCausesIT {
    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldNameTheCauseWhenAPartStallsOrGoes() throws Exception {
        try (TestFloor floor = new TestFloor(dir)) {
            Process redis = signal("-STOP", redis());
            assertThat(redis.waitFor()).isZero();
            shows(floor, "redis_down", "relay_redis_connected 0.0");
            signal("-CONT", redis());
            await().atMost(TestFloor.PATIENCE)
                    .until(() -> floor.ofSidecar("/readyz").equals("ready\n"));

            floor.daemon.close();
            shows(floor, "bus_disconnected", "relay_orders_bus_up");

            floor.exchange.close();
            shows(floor, "feed_not_streaming", "relay_feed_state{state=\"STREAMING\",venue=\"BINANCE\"} 0.0");
            shows(floor, "books_not_live", "relay_book_live{symbol=\"BTC-USDT\",venue=\"BINANCE\"} 0.0");
            shows(floor, "orders_not_live", "relay_orders_live 0.0");

            Files.createFile(floor.sidecarData().resolve("KILLED"));
            shows(floor, "killed", "relay_orders_killed 1.0");
            assertThat(floor.ofSidecar("/livez")).isEqualTo("live\n");
        }
    }

    private static void shows(TestFloor floor, String cause, String metric) throws Exception {
        long startNs = System.nanoTime();
        until(() -> floor.ofSidecar("/health").contains("\"" + cause + "\""));
        long tookMs = (System.nanoTime() - startNs) / 1_000_000;
        System.out.println("health: cause=" + cause + " named_after_ms=" + tookMs);
        if (!cause.equals("killed")) {
            assertThat(floor.ofSidecar("/readyz")).contains(cause);
        }
        until(() -> {
            String text = floor.ofSidecar("/metrics");
            return text.contains(metric) && !text.contains("relay_health_deduction_points{name=\"" + cause + "\"} 0.0");
        });
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(TestFloor.PATIENCE)
                .pollInterval(java.time.Duration.ofMillis(20))
                .until(condition);
    }

    private static long redis() {
        List<ProcessHandle> found = ProcessHandle.current()
                .descendants()
                .filter(p -> p.info().command().orElse("").contains("redis"))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0).pid();
    }

    private static Process signal(String signal, long pid) throws IOException {
        return new ProcessBuilder("kill", signal, Long.toString(pid)).start();
    }
}
