package dev.relay.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the daemon listens: a Unix domain socket, or, for hosts without those, a port on loopback ({@code tcp_port} of the daemon; every
 * session there needs a token).
 *
 * @param path the socket, null for a port
 * @param port 1 to 65,535, 0 for a socket
 */
record DaemonAddress(@Nullable Path path, int port) {
    private static final int MAX_PATH_BYTES = 107;
    private static final int MAX_PORT = 65_535;
    private static final String TCP = "tcp:";

    DaemonAddress {
        if (path == null && (port < 1 || port > MAX_PORT)) {
            throw new IllegalArgumentException("not a port: port=" + port);
        }
        if (path != null && path.toString().length() > MAX_PATH_BYTES) {
            throw new IllegalArgumentException("socket path too long: limitBytes=" + MAX_PATH_BYTES + " path=" + path);
        }
    }

    /** {@code tcp:PORT}, else the path of a socket. */
    static DaemonAddress parse(String text) {
        if (!text.startsWith(TCP)) {
            return new DaemonAddress(Path.of(text), 0);
        }
        try {
            return new DaemonAddress(null, Integer.parseInt(text.substring(TCP.length())));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not tcp:PORT: address=" + text, e);
        }
    }

    /** {@code RELAY_SOCKET}, else the run directory's. */
    static DaemonAddress usual() {
        String fromEnv = System.getenv("RELAY_SOCKET");
        if (fromEnv != null && !fromEnv.isEmpty()) {
            return parse(fromEnv);
        }
        String runDir = System.getenv("XDG_RUNTIME_DIR");
        return new DaemonAddress(
                runDir != null && !runDir.isEmpty()
                        ? Path.of(runDir, "relay", "relay.sock")
                        : Path.of("/tmp", "relay-" + uid(), "relay.sock"),
                0);
    }

    private static String uid() {
        try {
            return Files.getAttribute(Path.of(System.getProperty("user.home", "/")), "unix:uid")
                    .toString();
        } catch (IOException | UnsupportedOperationException e) {
            throw new RelayException(
                    "NOT_CONNECTED", "no default socket: " + e + ". Set RELAY_SOCKET or pass the socket's path.");
        }
    }

    /** A channel that is not connected yet. */
    SocketChannel open() throws IOException {
        if (path != null) {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    void connect(SocketChannel channel) throws IOException {
        channel.connect(
                path != null
                        ? UnixDomainSocketAddress.of(path)
                        : new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    @Override
    public String toString() {
        return path != null ? path.toString() : TCP + port;
    }
}
