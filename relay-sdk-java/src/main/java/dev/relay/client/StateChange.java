package dev.relay.client;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A watched state has changed.
 *
 * @param agent whose it is
 * @param version rises by one with each update of that agent
 * @param state all of it, not to be changed
 * @param changed keys with new values
 * @param removed keys that are gone
 * @param isWhole the daemon told all of it: at the beginning, after a reconnect or when changes were missed
 */
public record StateChange(
        String agent,
        long version,
        Map<String, @Nullable Object> state,
        Set<String> changed,
        Set<String> removed,
        boolean isWhole) {}
