package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One axis with two points: what is written, never how fast it was. */
class ScaleIT {
    @TempDir
    Path dir;

    private final StringWriter err = new StringWriter();

    private int scale(String... args) {
        return Main.run(Main.commandLine().setErr(new PrintWriter(err)), args, Map.of());
    }

    @Test
    void shouldWriteEveryFigureWithItsMachineAndAPlotForEachAxis() throws Exception {
        int code = scale(
                "bench",
                "scale",
                "topics",
                "--most",
                "10",
                "--duration",
                "100ms",
                "--warm-up",
                "1ms",
                "--out",
                dir.toString());
        assertThat(code).as(err.toString()).isZero();
        Map<String, @Nullable Object> report = Json.object(Files.readString(dir.resolve("scale.json")));
        assertThat(report)
                .containsKeys("commit", "processor", "processors", "load")
                .containsEntry("command", "bin/relay bench scale topics --duration 100ms --warm-up 1ms --most 10");
        List<?> points = report.get("topics") instanceof List<?> list ? list : List.of();
        assertThat(points)
                .hasSize(2)
                .allSatisfy(point -> assertThat(
                                point instanceof Map<?, ?> figures && figures.get("per_second") instanceof Number)
                        .isTrue());
        assertThat(dir.resolve("scale-topics.svg")).content().startsWith("<svg").contains("per_second");
    }

    @Test
    void shouldRefuseAnAxisThatDoesNotExist() {
        assertThat(scale("bench", "scale", "weather", "--out", dir.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("unknown axis: weather; use [agents, lanes, topics, payload, backlog, symbols]");
    }
}
