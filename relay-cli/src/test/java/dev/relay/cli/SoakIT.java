package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The soak in small: what it samples and writes, never how fast it was. */
class SoakIT {
    @TempDir
    Path dir;

    private final StringWriter err = new StringWriter();

    private int soak(String... more) {
        String[] args = {"bench", "soak", "--warm-up", "300ms", "--out", out().toString(), "--json"};
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(more));
        return Main.run(Main.commandLine().setErr(new PrintWriter(err)), all.toArray(String[]::new), Map.of());
    }

    private static double number(Map<String, @Nullable Object> figures, String name) {
        return figures.get(name) instanceof Number n ? n.doubleValue() : 0;
    }

    private Path out() {
        return dir.resolve("soak.jsonl");
    }

    @Test
    void shouldSampleWhatEveryProcessHoldsAndEndWithAVerdict() throws Exception {
        int code = soak("--maximum", "300ms", "--duration", "1200ms", "--sample", "300ms");
        List<Map<String, @Nullable Object>> lines =
                Files.readAllLines(out()).stream().map(Json::object).toList();
        assertThat(lines).hasSize(5);
        for (Map<String, @Nullable Object> sample : lines.subList(0, 4)) {
            assertThat(sample).containsKeys("p999_us", "wal_bytes", "store_bytes", "daemon_rss_mb");
            assertThat(number(sample, "count")).isPositive();
            for (String role : List.of("daemon", "from", "to")) {
                assertThat(number(sample, role + "_heap_bytes")).isPositive();
                assertThat(number(sample, role + "_files")).isPositive();
                assertThat(sample).containsKey(role + "_direct_bytes");
            }
        }
        Map<String, @Nullable Object> verdict = lines.get(4);
        boolean isSteady = "steady".equals(verdict.get("verdict"));
        assertThat(code).isEqualTo(isSteady ? ExitCode.OK : ExitCode.FAILED);
        assertThat(List.of().equals(verdict.get("failures"))).isEqualTo(isSteady);
        assertThat(number(verdict, "rate")).isPositive();
        assertThat(verdict)
                .containsKeys("daemon_heap_bytes_rise", "to_files_rise", "wal_bytes_rise", "p999_ratio_worst");
    }

    @Test
    void shouldRefuseWhatCannotBeSampled() {
        assertThat(soak("--sample", "5m")).isEqualTo(ExitCode.USAGE);
        assertThat(soak("--duration", "1s", "--sample", "2s")).isEqualTo(ExitCode.USAGE);
        assertThat(soak("--rate", "fast")).isEqualTo(ExitCode.USAGE);
        assertThat(soak("--rate", "0")).isEqualTo(ExitCode.USAGE);
    }
}
