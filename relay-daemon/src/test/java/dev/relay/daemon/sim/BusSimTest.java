package dev.relay.daemon.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Replay one seed: {@code ./mvnw -pl relay-daemon -am test -Dtest=BusSimTest -Drelay.sim.seed=N}. */
class BusSimTest {
    private static final int SEEDS = Integer.getInteger("relay.sim.seeds", 1_000);
    private static final List<String> SOMETIMES = List.of(
            "duplicates",
            "redelivered",
            "dead_lettered",
            "skips",
            "safe_by_disk",
            "safe_by_ack",
            "never_written",
            "commit_failures",
            "spilled",
            "read_back",
            "rewinds",
            "floors_raised",
            "takeovers",
            "pauses",
            "MAX_ATTEMPTS",
            "REFUSED_BY_HANDLER",
            "PRECEDING_REFUSED",
            "MAILBOX_FULL",
            "STORAGE_FULL");

    @Test
    void shouldKeepTheContractUnderFaults() {
        Long only = Long.getLong("relay.sim.seed");
        Map<String, Long> totals = new TreeMap<>();
        List<String> failures = new ArrayList<>();
        long first = only == null ? 1 : only;
        long last = only == null ? SEEDS : only;
        for (long seed = first; seed <= last && failures.size() < 5; seed++) {
            runOne(seed, totals, failures);
        }
        assertThat(failures).isEmpty();
        if (only == null) {
            assertThat(SOMETIMES)
                    .allSatisfy(name -> assertThat(totals.getOrDefault(name, 0L))
                            .as("sometimes %s", name)
                            .isPositive());
        }
    }

    private static void runOne(long seed, Map<String, Long> totals, List<String> failures) {
        Simulation run = new Simulation(seed);
        try {
            run.run();
        } catch (RuntimeException e) {
            java.io.StringWriter trace = new java.io.StringWriter();
            e.printStackTrace(new java.io.PrintWriter(trace, true));
            run.history.violations.add(trace.toString());
        }
        run.daemon.counters.forEach((name, n) -> totals.merge(name, n, Long::sum));
        if (!run.history.violations.isEmpty()) {
            failures.add(
                    "seed=" + seed + " " + run.history.violations.subList(0, Math.min(3, run.history.violations.size()))
                            + "\nreplay: ./mvnw -pl relay-daemon -am test -Dtest=BusSimTest -Dsurefire.failIfNoSpecifiedTests=false"
                            + " -Drelay.sim.seed=" + seed);
        }
    }

    @Test
    void shouldRunTheSameSeedTheSameWay() {
        for (long seed = 1; seed <= 20; seed++) {
            Simulation one = new Simulation(seed).run();
            Simulation two = new Simulation(seed).run();
            assertThat(one.world.traceHash).as("seed %d", seed).isEqualTo(two.world.traceHash);
            assertThat(one.world.steps).isEqualTo(two.world.steps);
        }
    }
}
