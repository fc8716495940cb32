package dev.relay.sidecar.venue.order;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Places handed to the HTTP client and not answered: while there is one, its bytes may still wait in this process. Thread
 * "orders"; bounded by who counts here, and by one entry a kill switch.
 */
public final class PlacesUnderWay {
    private final List<Runnable> drains = new ArrayList<>();
    private int count;

    /** Counts one until it is answered. */
    public <T> Consumer<T> until(Consumer<T> answer) {
        count++;
        return told -> {
            end();
            answer.accept(told);
        };
    }

    private void end() {
        count--;
        if (count == 0) {
            List<Runnable> ready = List.copyOf(drains);
            drains.clear();
            ready.forEach(Runnable::run);
        }
    }

    public int count() {
        return count;
    }

    /** Runs {@code drained} when none is under way any more. */
    public void drain(Runnable drained) {
        if (count == 0) {
            drained.run();
        } else {
            drains.add(drained);
        }
    }
}
