package dev.relay.client;

import dev.relay.client.internal.Seat;
import org.jspecify.annotations.Nullable;

/** The partition whose message is handled on this thread: what its handler sends is refused by the daemon once another member owns it. */
final class Fence {
    private static final ThreadLocal<@Nullable Seat> CURRENT = new ThreadLocal<>();

    static @Nullable Seat current() {
        return CURRENT.get();
    }

    /** Set before a handler, null after it. */
    static void handling(@Nullable Seat seat) {
        if (seat != null) {
            CURRENT.set(seat);
        } else if (CURRENT.get() != null) {
            CURRENT.remove();
        }
    }

    private Fence() {}
}
