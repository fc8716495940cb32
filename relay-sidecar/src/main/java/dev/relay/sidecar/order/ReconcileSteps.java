package dev.relay.sidecar.order;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The steps of one reconciliation, one after the other: each asks the venue something and ends with the answer, and one
 * without a certain answer fails the run. Answers to a run that was stopped are dropped. Owned by the thread "orders".
 */
final class ReconcileSteps {
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final Runnable onDone;
    private final Runnable onFailed;
    private boolean isRunning;
    private int runNo;

    ReconcileSteps(Runnable onDone, Runnable onFailed) {
        this.onDone = onDone;
        this.onFailed = onFailed;
    }

    /** Begins a run with this step; one under way is stopped. */
    void begin(Runnable step) {
        stop();
        isRunning = true;
        steps.add(step);
        next();
    }

    void stop() {
        runNo++;
        isRunning = false;
        steps.clear();
    }

    boolean isRunning() {
        return isRunning;
    }

    /** Behind all others. */
    void add(Runnable step) {
        steps.add(step);
    }

    /** Before all others, in this order. */
    void addFirst(Runnable... some) {
        for (int i = some.length - 1; i >= 0; i--) {
            steps.addFirst(some[i]);
        }
    }

    /** The present step is over. */
    void next() {
        Runnable step = steps.poll();
        if (step != null) {
            step.run();
        } else {
            isRunning = false;
            onDone.run();
        }
    }

    /** The end of a step that asks no question; does nothing once the run was stopped. */
    Runnable ended() {
        int mine = runNo;
        return () -> {
            if (mine == runNo) {
                next();
            }
        };
    }

    /** The end of a step with one question. Where {@code handle} says false the run failed. */
    Consumer<VenueAnswer> answered(Predicate<VenueAnswer> handle) {
        int mine = runNo;
        return answer -> {
            if (mine != runNo) {
                return;
            }
            if (handle.test(answer)) {
                next();
            } else {
                stop();
                onFailed.run();
            }
        };
    }

    /** The ends of a step with several questions asked at once: it is over with the last answer. */
    List<Consumer<VenueAnswer>> answered(List<Predicate<VenueAnswer>> handles) {
        int mine = runNo;
        int[] left = {handles.size()};
        boolean[] isGood = {true};
        Consumer<VenueAnswer> last = answered(answer -> isGood[0]);
        List<Consumer<VenueAnswer>> ends = new ArrayList<>();
        for (Predicate<VenueAnswer> handle : handles) {
            ends.add(answer -> {
                isGood[0] &= mine == runNo && handle.test(answer);
                if (--left[0] == 0) {
                    last.accept(answer);
                }
            });
        }
        return ends;
    }
}
