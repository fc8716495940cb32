package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of the daemon that serves CONTROL operations beside the routing of messages: dead letters, lanes, what agents share as a team. Keeps its own state, bounded, and its rows through
 * {@link BusServices#keep}. Core thread only; never blocks.
 */
public interface Desk {
    /** Runs the operation; false when it is none of this desk's. The answer is given once, then or later. */
    boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer);

    /** A row that this desk kept, at start, before any session. */
    default void restore(KeptRows.Document row) {}

    /** The agent's session is open; WELCOME has been written. */
    default void onOpen(Agent agent, Session session) {}

    /** The agent's session has ended. */
    default void onEnd(Agent agent, Session session) {}

    /** At least every 250 ms while there are connections. */
    default void onTimer(long nowNs) {}
}
