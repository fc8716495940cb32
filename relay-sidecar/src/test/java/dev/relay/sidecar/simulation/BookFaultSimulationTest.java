package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * X1, books: every fault script against the real feed in virtual time. One seed each by default, {@code -Drelay.x1.seeds=25}
 * for the long run.
 */
class BookFaultSimulationTest {
    private static final int SEEDS = Integer.getInteger("relay.x1.seeds", 1);
    private static final long FIRST_SEED = Long.getLong("relay.x1.first.seed", 1);

    static Stream<FaultScript> scripts() {
        return FaultScript.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void X1_shouldEndWithTheVenuesBooksAndNeverShowAWrongOne(FaultScript script) {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Simulation simulation = new Simulation(script, seed);
            List<String> violations = simulation.run();
            assertThat(violations)
                    .as("script=%s seed=%d images=%d", script.name(), seed, simulation.images())
                    .isEmpty();
        }
    }

    @Test
    void X1_shouldHaveFortyScriptsOrMoreByDifferentNames() {
        assertThat(FaultScript.all().stream().map(FaultScript::name).distinct()).hasSizeGreaterThanOrEqualTo(40);
    }
}
