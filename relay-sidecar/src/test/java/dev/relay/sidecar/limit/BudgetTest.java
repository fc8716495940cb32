package dev.relay.sidecar.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows, bans and buckets on a clock of the test's own. */
final class BudgetTest {
    private static final long T0 = 1_700_000_040_000L; // starts a minute

    private final List<Long> journal = new ArrayList<>();
    private final VenueBudget budget = new VenueBudget(100, 20, 1_000, 0, journal::add);

    @Test
    void L1_whatIsUnansweredWhenAWindowEndsIsCountedInTheNextOne() {
        VenueBudget busy = new VenueBudget(6_000, 50, 160_000, 0, until -> {});
        for (int i = 0; i < 47; i++) {
            assertThat(busy.take(Priority.PLACE, 1, true, 9_990)).isZero();
        }
        busy.unanswered(7, 7); // on their way: the venue may see them in the next ten seconds
        for (int i = 0; i < 40; i++) {
            assertThat(busy.take(Priority.PLACE, 1, true, 10_001)).isZero();
        }
        assertThat(busy.take(Priority.PLACE, 1, true, 10_001)).isPositive();
    }

    private static VenueBudget orders(int count, long venueMs, long errorMs) {
        VenueBudget busy = new VenueBudget(6_000, 50, 160_000, 0, until -> {});
        busy.clockWithin(errorMs);
        for (int i = 0; i < count; i++) {
            assertThat(busy.take(Priority.PLACE, 1, true, venueMs)).isZero();
        }
        return busy;
    }

    @Test
    void L1_whatIsSentWhileTheVenuesOldWindowMayLastMustFitIntoThatToo() {
        VenueBudget busy = orders(47, 9_000, 300);
        assertThat(busy.take(Priority.PLACE, 1, true, 10_100)).isEqualTo(200);
        for (int i = 0; i < 47; i++) {
            assertThat(busy.take(Priority.PLACE, 1, true, 10_300)).isZero();
        }
        assertThat(busy.take(Priority.PLACE, 1, true, 10_300)).isEqualTo(9_700);
    }

    @Test
    void L1_whatWasAnsweredWhenTheVenuesNextWindowMayHaveStartedIsCountedInThatToo() {
        VenueBudget busy = orders(10, 9_500, 300);
        for (int i = 0; i < 10; i++) {
            busy.onAnswered(1, true, i < 4 ? 9_699 : 9_700);
        }
        assertThat(busy.left(10_400)).containsEntry("orders_10s_left", 44);
    }

    @Test
    void L1_aCountThatMayBeOfAnotherWindowNeitherFillsNorEmptiesThisOne() {
        VenueBudget busy = orders(40, 9_000, 300);
        busy.onOrders(10_000, 50, 1, 0, 9_500, 9_800);
        assertThat(busy.left(9_800)).as("of the next one").containsEntry("orders_10s_left", 10);
        busy.onOrders(10_000, 50, 47, 0, 9_900, 10_400);
        assertThat(busy.left(10_400)).as("of the one before").containsEntry("orders_10s_left", 50);
        busy.onOrders(10_000, 50, 12, 1, 10_301, 10_500);
        assertThat(busy.left(10_500)).containsEntry("orders_10s_left", 37);
    }

    @Test
    void L3_queriesStopFirstThenPlacesAndCancelsUseAllOfAWindow() {
        assertThat(budget.take(Priority.QUERY, 80, false, T0)).isZero();
        assertThat(budget.take(Priority.QUERY, 1, false, T0 + 10_000)).isEqualTo(50_000);
        assertThat(budget.take(Priority.PLACE, 15, true, T0)).isZero();
        assertThat(budget.take(Priority.PLACE, 1, true, T0)).isEqualTo(60_000);
        assertThat(budget.take(Priority.CANCEL, 5, false, T0)).isZero();
        assertThat(budget.take(Priority.CANCEL, 1, false, T0 + 59_999)).isEqualTo(1);
        assertThat(budget.take(Priority.QUERY, 1, false, T0 + 60_000))
                .as("the next minute")
                .isZero();
    }

    @Test
    void L1_theVenuesOwnCountCorrectsOursAndKeepsWhatItHadNotSeen() {
        budget.onWeight(200, 150, 20, T0, T0);
        assertThat(budget.left(T0)).containsEntry("weight_left", 30);
        assertThat(budget.take(Priority.PLACE, 21, true, T0)).isPositive();
        budget.onOrders(10_000, 20, 19, 0, T0, T0);
        assertThat(budget.take(Priority.PLACE, 1, true, T0)).isEqualTo(10_000);
        budget.onOrders(10_000, 20, 3, 0, T0, T0);
        assertThat(budget.take(Priority.PLACE, 1, true, T0))
                .as("fills gave orders back")
                .isZero();
    }

    @Test
    void L2_nothingPassesBeforeTheTimeTheVenueNamedAlsoAfterARestart() {
        budget.onLimited(T0 + 120_000, T0);
        assertThat(budget.take(Priority.CANCEL, 1, false, T0 + 119_999)).isEqualTo(1);
        VenueBudget restarted = new VenueBudget(100, 20, 1_000, journal.get(0), journal::add);
        assertThat(restarted.take(Priority.CANCEL, 1, false, T0 + 60_000)).isEqualTo(60_000);
        assertThat(restarted.take(Priority.CANCEL, 1, false, T0 + 120_000)).isZero();
    }

    @Test
    void backOffClimbsAndOneGoodAnswerDoesNotStartItAnew() {
        budget.onLimited(0, T0);
        assertThat(budget.closedForMs(T0)).isEqualTo(1_000);
        budget.onLimited(0, T0 + 1_000);
        assertThat(budget.closedForMs(T0 + 1_000)).isEqualTo(2_000);
        assertThat(budget.take(Priority.PLACE, 1, true, T0 + 3_000)).isZero();
        budget.onLimited(0, T0 + 3_000);
        assertThat(budget.closedForMs(T0 + 3_000)).isEqualTo(4_000);
        budget.onLimited(0, T0 + 3_000 + 180_000);
        assertThat(budget.closedForMs(T0 + 183_000)).as("three quiet minutes").isEqualTo(1_000);
    }

    @Test
    void anAgentsPlacesLeaveTheReserveAndItsCancelsAreNeverHeld() {
        AgentBudgets agents = new AgentBudgets(10, 20);
        for (int i = 0; i < 16; i++) {
            assertThat(agents.takePlace("fast", 1_000)).isZero();
        }
        assertThat(agents.takePlace("fast", 1_000)).isEqualTo(100);
        assertThat(agents.takePlace("other", 1_000)).isZero();
        for (int i = 0; i < 10; i++) {
            agents.takeCancel("fast", 1_000);
        }
        assertThat(agents.placesLeft("fast", 1_000)).isZero();
        assertThat(agents.takePlace("fast", 1_500))
                .as("cancels have used the reserve, it fills first")
                .isZero();
    }
}
