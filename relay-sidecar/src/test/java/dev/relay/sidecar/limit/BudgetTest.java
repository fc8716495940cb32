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
        budget.onWeight(200, 150, 20, T0);
        assertThat(budget.left(T0)).containsEntry("weight_left", 30);
        assertThat(budget.take(Priority.PLACE, 21, true, T0)).isPositive();
        budget.onOrders(10_000, 20, 19, 0, T0);
        assertThat(budget.take(Priority.PLACE, 1, true, T0)).isEqualTo(10_000);
        budget.onOrders(10_000, 20, 3, 0, T0);
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
