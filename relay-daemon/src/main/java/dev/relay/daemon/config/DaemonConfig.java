package dev.relay.daemon.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/**
 * Everything a daemon is started with.
 *
 * @param socket path of the bus socket, at most {@value #MAX_SOCKET_PATH_BYTES} bytes
 * @param dataDir directory of the store
 * @param adminPort loopback port of the admin server; 0 picks one, -1 for none
 * @param isFullSync a commit survives power loss, not only the death of processes
 * @param storeMaxBytes size of the store above which new messages are refused; 0 is none
 */
public record DaemonConfig(
        Path socket,
        Path dataDir,
        int adminPort,
        SecurityConfig security,
        FlowConfig flow,
        boolean isFullSync,
        long storeMaxBytes,
        LoopConfig loop) {
    /** The kernel's {@code sun_path} holds 108 bytes with the closing zero. */
    public static final int MAX_SOCKET_PATH_BYTES = 107;

    public DaemonConfig {
        socket = socket.toAbsolutePath().normalize();
        dataDir = dataDir.toAbsolutePath().normalize();
        Mistakes mistakes = new Mistakes();
        checkSocket(socket, mistakes);
        mistakes.range(ConfigKey.ADMIN_PORT, adminPort);
        mistakes.range(ConfigKey.STORE_MAX_BYTES, storeMaxBytes);
        mistakes.throwIfAny();
    }

    /** The usual settings for a socket and a data directory; the admin port is picked by the system. */
    public static DaemonConfig of(Path socket, Path dataDir) {
        return new DaemonConfig(socket, dataDir, 0, Set.of(), FlowConfig.defaults());
    }

    /** Commits that survive power loss, nobody but these users, and no lists. */
    public DaemonConfig(Path socket, Path dataDir, int adminPort, Set<Integer> allowedUids, FlowConfig flow) {
        this(socket, dataDir, adminPort, SecurityConfig.of(allowedUids), flow, true, 0, LoopConfig.defaults());
    }

    /** The same with other rules of access. */
    public DaemonConfig with(SecurityConfig other) {
        return new DaemonConfig(socket, dataDir, adminPort, other, flow, isFullSync, storeMaxBytes, loop);
    }

    /** The same with another core loop. */
    public DaemonConfig with(LoopConfig other) {
        return new DaemonConfig(socket, dataDir, adminPort, security, flow, isFullSync, storeMaxBytes, other);
    }

    static void checkSocket(Path socket, Mistakes mistakes) {
        int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            mistakes.add("socket=" + socket + ": the path has " + bytes + " bytes, the system allows at most "
                    + MAX_SOCKET_PATH_BYTES + "; choose a shorter directory");
        }
        if (socket.getParent() == null || String.valueOf(socket.getFileName()).length() < 2) {
            mistakes.add("socket=" + socket + ": must be a file of at least two letters in a directory");
        }
    }
}
