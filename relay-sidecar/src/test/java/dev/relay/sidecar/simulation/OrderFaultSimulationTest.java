package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rows O1 to O9 and L2 of the order side: every fault script against the real executor and the gateway of each venue in
 * virtual time. A script that a venue cannot bring about (Alpaca has no amend) is not its own.
 * Two seeds each at Binance by default, one at the others, {@code -Drelay.o1.seeds=25} for the long run, {@code -Drelay.o1.first.seed=N} for one.
 */
class OrderFaultSimulationTest {
    private static final long FIRST_SEED = Long.getLong("relay.o1.first.seed", 1);
    private static final long BUSY_MS = 15_000;
    private static final long BAN_MS = 200_000;

    private static void runRow(SimulatedVenue venue, String row) {
        List<OrderScript> scripts = OrderScript.of(venue, row);
        assertThat(scripts).isNotEmpty();
        List<String> failures = new ArrayList<>();
        for (OrderScript script : scripts) {
            long effect = 0;
            for (long seed = FIRST_SEED; seed < FIRST_SEED + venue.seeds(); seed++) {
                OrderSimulation sim = busy(venue, List.of(script), seed);
                sim.settle(Math.max(venue.settleMs, script.row().equals("L2") ? BAN_MS : 0))
                        .forEach(what -> failures.add(what + " script=" + script));
                effect += script.effect().applyAsLong(sim);
            }
            if (effect == 0) {
                failures.add("the script had no effect: " + script);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static OrderSimulation busy(SimulatedVenue venue, List<OrderScript> scripts, long seed) {
        OrderSimulation sim = new OrderSimulation(venue, seed);
        OrderAgents agents = new OrderAgents(sim, seed + 7);
        sim.start();
        agents.start(20);
        for (OrderScript script : scripts) {
            for (int i = 0; i < script.times(); i++) {
                sim.later(
                        500 + sim.random.nextLong(BUSY_MS - 1_000),
                        () -> script.strike().accept(sim));
            }
        }
        sim.run(BUSY_MS);
        agents.stop();
        return sim;
    }

    @ParameterizedTest
    @EnumSource
    void X2_anyMixOfFaultsEndsWithTheExchangesTruth(SimulatedVenue venue) {
        List<OrderScript> all = OrderScript.mixable(venue);
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 4L * venue.seeds(); seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<OrderScript> mix =
                    random.ints(5, 0, all.size()).mapToObj(all::get).toList();
            busy(venue, mix, seed).settle().forEach(what -> failures.add(what + " mix=" + mix));
        }
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void O1_aPlaceInDoubtIsFoundByItsClientIdAndNeverSentAgain(SimulatedVenue venue) {
        runRow(venue, "O1");
    }

    @ParameterizedTest
    @EnumSource
    void O2_anOrderStaysFilledWhateverIsToldLater(SimulatedVenue venue) {
        runRow(venue, "O2");
    }

    @ParameterizedTest
    @EnumSource
    void O3_aTradeToldSeveralWaysIsBookedOnce(SimulatedVenue venue) {
        runRow(venue, "O3");
    }

    @ParameterizedTest
    @EnumSource
    void O4_aKillBetweenEventAndCommitNeitherLosesNorDoublesAFill(SimulatedVenue venue) {
        runRow(venue, "O4");
    }

    @ParameterizedTest
    @EnumSource
    void O5_anOldPollChangesNothingAndNotFoundOnceIsNoEnd(SimulatedVenue venue) {
        runRow(venue, "O5");
    }

    @ParameterizedTest
    @EnumSource
    void O6_aCancelThatLostTheRaceIsAnsweredAfterTheFillIsBooked(SimulatedVenue venue) {
        runRow(venue, "O6");
    }

    @ParameterizedTest
    @EnumSource
    void O7_anOrderOfSomebodyElseIsRecordedAndItsPositionIsRight(SimulatedVenue venue) {
        runRow(venue, "O7");
    }

    @ParameterizedTest
    @EnumSource
    void O8_liveComesOnlyAfterOpenOrdersAndTradesAreReconciled(SimulatedVenue venue) {
        runRow(venue, "O8");
    }

    @ParameterizedTest
    @EnumSource
    void O9_partialFillsInAnyOrderEndInTheRightTotals(SimulatedVenue venue) {
        runRow(venue, "O9");
    }

    @ParameterizedTest
    @EnumSource
    void L2_nothingIsAskedBeforeTheTimeThatTheVenueNamed(SimulatedVenue venue) {
        runRow(venue, "L2");
    }
}
