package dev.relay.cli.top;

import java.util.List;
import java.util.Map;

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
        return new Sight(atNs, "", status, health, agents, lanes, List.of());
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
