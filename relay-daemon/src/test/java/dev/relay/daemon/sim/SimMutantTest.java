package dev.relay.daemon.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power of {@link BusSimTest} (S2): the real code is broken in one way at a time, and the simulation has to see it. Day to day a few mutants run; {@code -Pmutants} runs all,
 * {@code -Drelay.sim.mutants=a,b} some.
 */
class SimMutantTest {
    private static final String CHOSEN = System.getProperty(
            "relay.sim.mutants", "receipt-before-it-is-safe,new-epoch-on-reconnect,floor-clamped,rewind-missing");
    private static final long MAX_SEEDS = Long.getLong("relay.sim.mutant.seeds", 10_000);

    @TempDir
    private Path work;

    @Test
    void S2_shouldCatchEveryMutant() throws IOException, ReflectiveOperationException {
        MutantBench bench = new MutantBench(work);
        List<String> missed = new ArrayList<>();
        for (Mutant mutant : chosen()) {
            String caught = bench.catchingSeed(mutant, MAX_SEEDS);
            System.out.println("mutant " + mutant.name() + ": " + (caught == null ? "MISSED" : caught));
            if (caught == null) {
                missed.add(mutant.name() + " (" + mutant.breaks() + ")");
            }
        }
        assertThat(missed).isEmpty();
    }

    private static List<Mutant> chosen() throws IOException {
        List<Mutant> all = Mutant.all();
        assertThat(all).hasSizeGreaterThanOrEqualTo(20);
        if (CHOSEN.equals("all")) {
            return all;
        }
        Set<String> names = Set.of(CHOSEN.split(","));
        List<Mutant> chosen = all.stream().filter(m -> names.contains(m.name())).toList();
        assertThat(chosen.stream().map(Mutant::name).collect(Collectors.toSet()))
                .isEqualTo(names);
        return chosen;
    }

    /** Every mutant still fits the code, also those that do not run today. */
    @Test
    void S2_shouldFitTheCode() throws IOException {
        MutantBench bench = new MutantBench(work);
        for (Mutant mutant : Mutant.all()) {
            assertThat(bench.mutated(mutant)).isNotEmpty();
        }
    }
}
