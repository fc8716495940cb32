package dev.relay.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SoakVerdictTest {
    private static final double MIB = 1 << 20;

    private static SoakVerdict verdict(String name, IntToDoubleFunction values) {
        return verdict(name, values, i -> 400);
    }

    private static SoakVerdict verdict(String name, IntToDoubleFunction values, IntToDoubleFunction p999) {
        List<Map<String, @Nullable Object>> samples = IntStream.range(0, 60)
                .mapToObj(i -> Map.<String, @Nullable Object>of(
                        name, values.applyAsDouble(i), "p999_us", p999.applyAsDouble(i)))
                .toList();
        return SoakVerdict.of(samples);
    }

    @Test
    void shouldFitALineAndTellHowSureItIs() {
        assertThat(Growth.of(5, 7, 9, 11)).isEqualTo(new Growth(6, 0));
        assertThat(Growth.of(5, 5, 5).exceeds(0)).isFalse();
        Growth noisy = Growth.of(0, 10, 0, 10, 0, 10);
        assertThat(noisy.rise()).isPositive();
        assertThat(noisy.exceeds(0)).isFalse();
    }

    @Test
    void shouldFindASlowLeakUnderNoise() {
        SoakVerdict leak = verdict("daemon_heap_bytes", i -> 20 * MIB + i * MIB / 20 + (i % 2) * MIB / 2);
        assertThat(leak.isSteady()).isFalse();
        assertThat(leak.failures()).singleElement().asString().startsWith("daemon_heap_bytes grows: rise=");
        assertThat(verdict("to_files", i -> 30 + i / 10).isSteady()).isFalse();
        assertThat(verdict("wal_bytes", i -> i * MIB).isSteady()).isFalse();
        assertThat(verdict("from_direct_bytes", i -> i * MIB).isSteady()).isFalse();
    }

    @Test
    void shouldForgiveTheFirstQuarterAndWhatOnlyMovesUpAndDown() {
        assertThat(verdict("daemon_heap_bytes", i -> Math.min(i, 15) * MIB).isSteady())
                .isTrue();
        assertThat(verdict("wal_bytes", i -> (i % 7) * MIB).isSteady()).isTrue();
        assertThat(verdict("daemon_direct_bytes", i -> i < 38 ? 5 * MIB : 9 * MIB)
                        .isSteady())
                .as("one more chunk of the allocator")
                .isTrue();
        assertThat(verdict("store_bytes", i -> i * MIB).isSteady()).isTrue();
    }

    @Test
    void shouldHoldEverySampleAgainstTheTailOfTheFirst() {
        assertThat(verdict("wal_bytes", i -> 0, i -> i == 40 ? 1_200 : 400).isSteady())
                .isTrue();
        SoakVerdict slow = verdict("wal_bytes", i -> 0, i -> i == 40 ? 1_201 : 400);
        assertThat(slow.failures()).singleElement().asString().startsWith("p99.9 of 1 of 60 samples");
        assertThat(slow.figures()).containsEntry("p999_samples_over", 1).containsEntry("p999_ratio_worst", 3.0);
    }
}
