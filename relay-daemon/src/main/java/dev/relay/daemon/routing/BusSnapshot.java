package dev.relay.daemon.routing;

import java.util.List;
import java.util.Map;

/**
 * Facts about the heart at one moment, immutable: the core makes it, any thread reads it. {@code counters} are totals since the start, by the names of
 * {@link Counter}; {@code silentAgents} owe an answer, {@code lostAgents} ended without a GOODBYE, each as a person reads it; {@code refused} totals by error code name; {@code deadByReason} totals by reason name.
 */
public record BusSnapshot(
        String version,
        String storeUuid,
        long bootNo,
        long uptimeMs,
        StoreState store,
        Surroundings around,
        int connections,
        int sessions,
        int suspects,
        List<String> silentAgents,
        List<String> lostAgents,
        int streams,
        int lanes,
        long queuedMessages,
        long queuedBytes,
        long spilledMessages,
        long unackedMessages,
        long oldestBatchMs,
        long deadLetters,
        Map<String, Long> counters,
        Map<String, Long> refused,
        Map<String, Long> deadByReason,
        List<AgentFacts> agents) {

    /** How the store is doing. */
    public enum StoreState {
        READY,
        FULL,
        RETRYING,
        FAILED
    }

    /** One agent. {@code session} 0 when it is not connected. */
    public record AgentFacts(
            String namespace,
            String name,
            boolean connected,
            boolean suspect,
            long session,
            long epoch,
            int lanes,
            long queued,
            long queuedBytes,
            long unacked,
            long dead,
            int pid,
            int uid,
            String client) {}
}
