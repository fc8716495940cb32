package dev.relay.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings of one client; made by {@link Relay#builder}.
 *
 * @param handlerThreads lanes that run in parallel
 * @param sendWaitMs how long a send waits for room in the outbox; 0 fails at once with OUTBOX_FULL
 * @param connectTimeoutMs how long connecting waits for the daemon
 * @param closeTimeoutMs how long closing waits for what is under way
 * @param takesOver may take a silent owner's name at once
 * @param declared what the agent says of itself when it connects
 * @param inbox where finished messages are recorded, null for memory only
 */
record RelayConfig(
        String name,
        String namespace,
        DaemonAddress socket,
        int handlerThreads,
        int maxOutboxMessages,
        long maxOutboxBytes,
        int windowMessages,
        long sendWaitMs,
        long connectTimeoutMs,
        long closeTimeoutMs,
        @Nullable String auth,
        @Nullable InboxStore inbox,
        boolean takesOver,
        Map<String, ?> declared) {
    RelayConfig {
        if (handlerThreads < 1 || maxOutboxMessages < 1 || maxOutboxBytes < 1 || windowMessages < 1) {
            throw new IllegalArgumentException("bounds must be at least 1: handlerThreads=" + handlerThreads
                    + " maxOutboxMessages=" + maxOutboxMessages + " maxOutboxBytes=" + maxOutboxBytes
                    + " windowMessages=" + windowMessages);
        }
    }
}
