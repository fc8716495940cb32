package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The rows O1 to O9 and L2 of the order side: every fault script against the real executor and gateway in virtual time.
 * Two seeds each by default, {@code -Drelay.o1.seeds=25} for the long run, {@code -Drelay.o1.first.seed=N} for one.
 */
class OrderFaultSimulationTest {
    private static final int SEEDS = Integer.getInteger("relay.o1.seeds", 2);
    private static final long FIRST_SEED = Long.getLong("relay.o1.first.seed", 1);
    private static final long BUSY_MS = 15_000;
    private static final long SETTLE_MS = 45_000;
    private static final long BAN_MS = 200_000;

    private static void runRow(String row) {
        List<OrderScript> scripts = OrderScript.of(row);
        assertThat(scripts).isNotEmpty();
        List<String> failures = new ArrayList<>();
        for (OrderScript script : scripts) {
            long effect = 0;
            for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
                OrderSimulation sim = busy(List.of(script), seed);
                sim.settle(script.row().equals("L2") ? BAN_MS : SETTLE_MS)
                        .forEach(what -> failures.add(what + " script=" + script));
                effect += script.effect().applyAsLong(sim);
            }
            if (effect == 0) {
                failures.add("the script had no effect: " + script);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static OrderSimulation busy(List<OrderScript> scripts, long seed) {
        OrderSimulation sim = new OrderSimulation(seed);
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

    @Test
    void X2_anyMixOfFaultsEndsWithTheExchangesTruth() {
        List<OrderScript> all = OrderScript.mixable();
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 4L * SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<OrderScript> mix =
                    random.ints(5, 0, all.size()).mapToObj(all::get).toList();
            busy(mix, seed).settle(SETTLE_MS).forEach(what -> failures.add(what + " mix=" + mix));
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void O1_aPlaceInDoubtIsFoundByItsClientIdAndNeverSentAgain() {
        runRow("O1");
    }

    @Test
    void O2_anOrderStaysFilledWhateverIsToldLater() {
        runRow("O2");
    }

    @Test
    void O3_aTradeToldSeveralWaysIsBookedOnce() {
        runRow("O3");
    }

    @Test
    void O4_aKillBetweenEventAndCommitNeitherLosesNorDoublesAFill() {
        runRow("O4");
    }

    @Test
    void O5_anOldPollChangesNothingAndNotFoundOnceIsNoEnd() {
        runRow("O5");
    }

    @Test
    void O6_aCancelThatLostTheRaceIsAnsweredAfterTheFillIsBooked() {
        runRow("O6");
    }

    @Test
    void O7_anOrderOfSomebodyElseIsRecordedAndItsPositionIsRight() {
        runRow("O7");
    }

    @Test
    void O8_liveComesOnlyAfterOpenOrdersAndTradesAreReconciled() {
        runRow("O8");
    }

    @Test
    void O9_partialFillsInAnyOrderEndInTheRightTotals() {
        runRow("O9");
    }

    @Test
    void L2_nothingIsAskedBeforeTheTimeThatTheVenueNamed() {
        runRow("L2");
    }
}
