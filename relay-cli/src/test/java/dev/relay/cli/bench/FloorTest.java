package dev.relay.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program that measures the machine ends for every payload and window: it waited for ever when a window was far beyond its buffer. */
class FloorTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"256, 2000", "4096, 2000", "1048576, 2000", "64, 1"})
    void shouldMeasureEveryPayloadAndWindow(int bytes, int window) {
        Floor floor = Floor.build(dir);
        assertThat(floor).as("a C compiler").isNotNull();
        var how = new Part.Settings(bytes, window, 1, 0, 0, 200, 0, 0, 0);
        Map<String, ?> figures = Floor.measure(floor, how, "java");
        assertThat(Floor.number(figures, "per_second")).isPositive();
        assertThat(Floor.number(figures, "p50_us")).isPositive();
    }
}
