package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short runs of {@code relay torture}: real processes, real kills, judged by the independent checker. The long figures are in docs/guarantees.md. */
class TortureIT {
    @Test
    void I1_I2_I10_R3_shouldLoseRepeatAndReorderNothingWhenTheDaemonIsKilled(@TempDir Path dir) {
        Map<?, ?> counts = right(dir, Mode.DAEMON_KILL, 8, false, 0, 0);
        assertThat(count(counts, "fault_daemon")).isEqualTo(8);
        assertThat(count(counts, "repeated_effects")).isZero();
        assertThat(count(counts, "confirmed")).isGreaterThan(10_000);
    }

    @Test
    void I5_I8_I11_I22_shouldHaveEveryEffectOnceWhenAgentsAndDaemonAreKilled(@TempDir Path dir) {
        Map<?, ?> counts = right(dir, Mode.BOTH, 8, true, 2_000, 2_000);
        assertThat(count(counts, "fault_agent")).isPositive();
        assertThat(count(counts, "acks_confirmed")).isPositive();
        assertThat(count(counts, "repeated_effects")).isZero();
    }

    private static long count(Map<?, ?> counts, String key) {
        return counts.get(key) instanceof Long n ? n : 0;
    }

    private static Map<?, ?> right(Path dir, Mode mode, int cycles, boolean inbox, int nackEvery, int refuseEvery) {
        long seed = System.nanoTime() & 0xFFFF;
        Plan plan = new Plan(
                dir.resolve("run"),
                mode,
                cycles,
                10_000,
                2,
                seed,
                Language.BOTH,
                true,
                inbox,
                nackEvery,
                refuseEvery,
                600);
        Map<String, @Nullable Object> verdict = new Round(plan).run();
        assertThat(verdict.get("verdict")).as("seed=%s %s", seed, verdict).isEqualTo("ok");
        return (Map<?, ?>) Objects.requireNonNull(verdict.get("counts"));
    }
}
