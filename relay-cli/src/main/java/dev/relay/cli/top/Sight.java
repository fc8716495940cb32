package dev.relay.cli.top;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one source told at one moment.
 *
 * @param atNs when it told, by the monotonic clock
 * @param trouble why it told nothing, or empty
 */
record Sight(
        long atNs,
        String trouble,
        Map<String, ?> status,
        Map<String, ?> health,
        List<Map<?, ?>> agents,
        List<Map<?, ?>> lanes,
        List<Map<?, ?>> books) {

    static Sight none(long atNs, String trouble) {
        return new Sight(atNs, trouble, Map.of(), Map.of(), List.of(), List.of(), List.of());
    }

    static Sight ofBus(
            long atNs, Map<String, ?> status, Map<String, ?> health, List<Map<?, ?>> agents, List<Map<?, ?>> lanes) {
        List<Map<?, ?>> rows = new ArrayList<>();
        agents.forEach(agent -> rows.add(withGauges(agent)));
        return new Sight(atNs, "", status, health, rows, lanes, List.of());
    }

    /** What an agent tells of itself stands beside what the daemon sees of it, and never in its place. */
    private static Map<?, ?> withGauges(Map<?, ?> agent) {
        Map<Object, @Nullable Object> row = new LinkedHashMap<>(agent);
        if (agent.get("gauges") instanceof Map<?, ?> gauges) {
            gauges.forEach(row::putIfAbsent);
        }
        return row;
    }

    static Sight ofBooks(long atNs, List<Map<?, ?>> books) {
        return new Sight(atNs, "", Map.of(), Map.of(), List.of(), List.of(), books);
    }

    boolean isKnown() {
        return trouble.isEmpty();
    }

    /** The same facts, which a source has not confirmed any more. */
    Sight with(String newTrouble) {
        return new Sight(atNs, newTrouble, status, health, agents, lanes, books);
    }
}
