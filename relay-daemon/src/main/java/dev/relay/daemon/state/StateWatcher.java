package dev.relay.daemon.state;

import dev.relay.daemon.session.Session;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A session that watches states. What it missed while its connection was full is one mark per agent: those get a whole state when there is
 * room. Core thread only.
 */
final class StateWatcher {
    final Session session;
    final Set<String> patterns = new LinkedHashSet<>();
    final Set<AgentState> behind = new LinkedHashSet<>();

    StateWatcher(Session session) {
        this.session = session;
    }

    boolean watches(AgentState state) {
        return state.namespace.equals(session.owner().namespace)
                && patterns.stream().anyMatch(pattern -> matches(pattern, state.name));
    }

    /** A name, or a name's beginning and a star. */
    static boolean matches(String pattern, String name) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : name.equals(pattern);
    }
}
