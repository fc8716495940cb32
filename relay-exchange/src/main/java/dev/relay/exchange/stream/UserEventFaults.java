package dev.relay.exchange.stream;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What fault scripts do to news of orders on their way out, whichever venue's words they are in. Owned by the exchange loop.
 *
 * <p>A fault takes the next events, each as the sending of it to one subscriber. Held ones leave when their fault is
 * complete or at {@link #release}, at most a second later. Bounded: {@value #MAX_HELD} are held; more go out at once.
 */
public final class UserEventFaults {
    private static final int MAX_HELD = 1_000;

    /** What happens to the next events. */
    public enum Kind {
        NONE,
        /** They reach nobody. */
        DROP,
        /** They come twice, the second time later. */
        DUPLICATE,
        /** They come in reverse order. */
        REVERSE,
        /** They come in order, but after what is answered meanwhile. */
        LATE
    }

    private final List<Runnable> held = new ArrayList<>();
    private Kind kind = Kind.NONE;
    private int left;

    public void next(Kind fault, int events) {
        release();
        kind = fault;
        left = events;
    }

    public void pass(Runnable sending) {
        if (left == 0 || held.size() >= MAX_HELD) {
            release();
            sending.run();
            return;
        }
        left--;
        switch (kind) {
            case DROP -> {}
            case DUPLICATE -> {
                sending.run();
                held.add(sending);
            }
            case REVERSE, LATE -> held.add(sending);
            case NONE -> sending.run();
        }
        if (left == 0 && kind == Kind.REVERSE) {
            release();
        }
    }

    /** Sends what is held. */
    public void release() {
        List<Runnable> due = new ArrayList<>(held);
        held.clear();
        if (kind == Kind.REVERSE) {
            Collections.reverse(due);
        }
        due.forEach(Runnable::run);
    }
}
