package dev.relay.client;

import java.nio.file.Path;
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
        Path socket,
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
    private static final int MAX_SOCKET_BYTES = 107;

    RelayConfig {
        if (handlerThreads < 1 || maxOutboxMessages < 1 || maxOutboxBytes < 1 || windowMessages < 1) {
            throw new IllegalArgumentException("bounds must be at least 1: handlerThreads=" + handlerThreads
                    + " maxOutboxMessages=" + maxOutboxMessages + " maxOutboxBytes=" + maxOutboxBytes
                    + " windowMessages=" + windowMessages);
        }
        if (socket.toString().length() > MAX_SOCKET_BYTES) {
            throw new IllegalArgumentException(
                    "socket path too long: limitBytes=" + MAX_SOCKET_BYTES + " path=" + socket);
        }
    }

    /** Argument, then {@code RELAY_SOCKET}, then the run directory. */
    static Path defaultSocket() {
        String fromEnv = System.getenv("RELAY_SOCKET");
        if (fromEnv != null && !fromEnv.isEmpty()) {
            return Path.of(fromEnv);
        }
        String runDir = System.getenv("XDG_RUNTIME_DIR");
        return runDir != null && !runDir.isEmpty()
                ? Path.of(runDir, "relay", "relay.sock")
                : Path.of("/tmp", "relay-" + uid(), "relay.sock");
    }

    private static String uid() {
        try {
            return java.nio.file.Files.getAttribute(Path.of(System.getProperty("user.home", "/")), "unix:uid")
                    .toString();
        } catch (java.io.IOException | UnsupportedOperationException e) {
            throw new RelayException(
                    "NOT_CONNECTED", "no default socket: " + e + ". Set RELAY_SOCKET or pass the socket's path.");
        }
    }
}
