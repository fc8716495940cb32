package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a measurement reports, never how fast it was. */
class BenchIT {
    private final StringWriter err = new StringWriter();

    private int bench(String... args) {
        return Main.run(Main.commandLine().setErr(new PrintWriter(err)), args, Map.of());
    }

    private Map<String, @Nullable Object> report(String... args) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(bench(args)).as(err.toString()).isZero();
        } finally {
            System.setOut(before);
        }
        return Json.object(out.toString(StandardCharsets.UTF_8));
    }

    private static Map<?, ?> part(Map<String, @Nullable Object> report, String name) {
        return report.get(name) instanceof Map<?, ?> part ? part : Map.of();
    }

    @Test
    void shouldMeasureEverySizeWithSeveralPairsInTwoLanguages() {
        Map<String, @Nullable Object> report = report(
                "bench",
                "request",
                "--bytes",
                "16,300",
                "--agent-pairs",
                "2",
                "--to",
                "python",
                "--rate",
                "50",
                "--duration",
                "200ms",
                "--warm-up",
                "1ms",
                "--json");
        for (String name : new String[] {"request bytes=16", "request bytes=300"}) {
            Map<?, ?> figures = part(report, name);
            assertThat(figures.get("count")).isEqualTo(20L);
            assertThat(figures.keySet().stream().map(String::valueOf))
                    .contains("p50_us", "p999_us", "daemon_cpu_us_per_message", "daemon_allocated_bytes_per_message")
                    .contains("from-2_paused_ms", "to-2_rss_mb", "floor_p50_us", "x_floor_p99_us")
                    .doesNotContain("x_floor_per_second", "to_paused_ms");
        }
    }

    @Test
    void shouldWeighACrowdAndSpreadRequestsOverItsActivePart() {
        Map<?, ?> figures = part(
                report(
                        "bench",
                        "agents",
                        "--agents",
                        "400",
                        "--rate",
                        "50",
                        "--duration",
                        "60ms",
                        "--warm-up",
                        "1ms",
                        "--json"),
                "agents");
        assertThat(figures.get("active_agents")).isEqualTo(4L);
        assertThat(figures.get("agents")).isEqualTo(400L);
        assertThat(figures.get("bytes_per_idle_agent")).isInstanceOf(Long.class);
        assertThat(figures.get("p99_us_ratio")).isInstanceOf(Number.class);
    }

    @Test
    void shouldEndWithTheReasonWhenAnEndIsRefused() {
        String[] args = {"bench", "durable", "--duration", "500ms", "--warm-up", "1ms", "--set", "mailbox_messages=1000"};
        assertThat(bench(args)).as(err.toString()).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("MAILBOX_FULL");
    }

    @Test
    void shouldRefuseWhatCannotBeMeasured() {
        assertThat(bench("bench", "requests")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains(
                        "unknown part: requests; use [request, wait, send, durable, replay, fanout, agents], books or all");
        assertThat(bench("bench", "request", "--bytes", "64,-1")).isEqualTo(ExitCode.USAGE);
        assertThat(bench("bench", "request", "--agent-pairs", "0")).isEqualTo(ExitCode.USAGE);
        assertThat(bench("bench", "--peer", "kafka")).isEqualTo(ExitCode.USAGE);
        assertThat(bench("bench", "--peer", "nats-core", "--rate", "5")).isEqualTo(ExitCode.USAGE);
        assertThat(bench("bench", "agents", "--agents", "10")).isEqualTo(ExitCode.USAGE);
    }
}
