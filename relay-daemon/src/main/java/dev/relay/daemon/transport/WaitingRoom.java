package dev.relay.daemon.transport;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections that have not said HELLO, in the order in which they came (invariant I49). Bounded: when one more comes than it holds,
 * the oldest of the user and process that holds most of them has to go, so that silent peers shut out themselves and nobody else. Core
 * thread only.
 */
final class WaitingRoom {
    private final int capacity;
    private final Set<BusConnection> waiting = new LinkedHashSet<>();

    WaitingRoom(int capacity) {
        this.capacity = capacity;
    }

    /** Takes a newcomer; returns who has to leave for it. */
    @Nullable
    BusConnection enter(BusConnection newcomer) {
        BusConnection leaves = waiting.size() < capacity ? null : oldestOfTheLargest();
        if (leaves != null) {
            waiting.remove(leaves);
        }
        waiting.add(newcomer);
        return leaves;
    }

    /** It said HELLO, or it ended. */
    void leave(BusConnection connection) {
        waiting.remove(connection);
    }

    private @Nullable BusConnection oldestOfTheLargest() {
        BusConnection found = null;
        int most = 0;
        for (BusConnection candidate : waiting) {
            int held = heldBy(candidate.peer());
            if (held > most) {
                most = held;
                found = candidate;
            }
        }
        return found;
    }

    private int heldBy(Peer peer) {
        int held = 0;
        for (BusConnection connection : waiting) {
            held += connection.peer().equals(peer) ? 1 : 0;
        }
        return held;
    }
}
