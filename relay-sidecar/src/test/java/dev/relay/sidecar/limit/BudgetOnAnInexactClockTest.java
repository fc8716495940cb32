package dev.relay.sidecar.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A venue whose clock is off by up to what we know about it, and slow ways to it and back, which keep the order. */
final class BudgetOnAnInexactClockTest {
    private static final int LIMIT = 50;
    private static final long WINDOW_MS = 10_000;
    private static final long RUN_MS = 200_000;

    private final VenueBudget budget = new VenueBudget(6_000, LIMIT, 160_000, 0, until -> {});
    private final PriorityQueue<Step> steps = new PriorityQueue<>(Comparator.comparingLong(Step::atMs));
    private long window;
    private int count;
    private int most;
    private int sent;
    private long lastThereMs;
    private long lastBackMs;
    private int unanswered;

    private record Step(long atMs, Runnable what) {}

    @ParameterizedTest
    @CsvSource({
        "0, 5, 5",
        "-400, 400, 20",
        "400, 400, 20",
        "-900, 900, 1500",
        "900, 900, 1500",
        "250, 900, 3000",
        "-1, 900, 4000"
    })
    void L1_theVenueNeverCountsMoreThanItAllows(long offsetMs, long errorMs, int slowestMs) {
        SplittableRandom random = new SplittableRandom(offsetMs + slowestMs);
        budget.clockWithin(errorMs);
        for (long now = 0; now < RUN_MS; now += 20) {
            while (!steps.isEmpty() && steps.peek().atMs() <= now) {
                steps.remove().what().run();
            }
            budget.unanswered(unanswered, unanswered);
            if (budget.take(Priority.PLACE, 1, true, now) == 0) {
                send(now, offsetMs, random.nextInt(slowestMs), random.nextInt(slowestMs));
            }
        }
        assertThat(most).isLessThanOrEqualTo(LIMIT);
        assertThat(sent).as("of what 95 %% allow").isGreaterThan((int) (RUN_MS / WINDOW_MS * 47 * 0.85));
    }

    private void send(long askedMs, long offsetMs, int thereMs, int backMs) {
        sent++;
        unanswered++;
        long reachedMs = Math.max(lastThereMs + 1, askedMs + thereMs);
        long answeredMs = Math.max(lastBackMs + 1, reachedMs + backMs);
        lastThereMs = reachedMs;
        lastBackMs = answeredMs;
        steps.add(new Step(reachedMs, () -> {
            int told = onVenue(Math.floorDiv(reachedMs + offsetMs, WINDOW_MS));
            steps.add(new Step(answeredMs, () -> onAnswer(told, askedMs, answeredMs)));
        }));
    }

    private int onVenue(long its) {
        count = its == window ? count + 1 : 1;
        window = its;
        most = Math.max(most, count);
        return count;
    }

    private void onAnswer(int told, long askedMs, long answeredMs) {
        budget.unanswered(unanswered, unanswered);
        budget.onAnswered(1, true, answeredMs);
        unanswered--;
        budget.unanswered(unanswered, unanswered);
        budget.onOrders(WINDOW_MS, LIMIT, told, unanswered, askedMs, answeredMs);
    }
}
