package dev.relay.daemon;

import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;

/** A daemon as a child process. Arguments: socket, data directory. Says {@code ready} on standard output; ends with its standard input. */
public final class DaemonDriver {
    public static void main(String[] arguments) throws Exception {
        DaemonConfig config = DaemonConfig.of(Path.of(arguments[0]), Path.of(arguments[1]));
        boolean isStandby = arguments.length > 2 && arguments[2].equals("standby");
        if (isStandby) {
            System.out.println("waiting");
        }
        try (RelayDaemon daemon = isStandby ? RelayDaemon.startStandby(config) : RelayDaemon.start(config)) {
            System.out.println("ready " + daemon.adminPort());
            while (System.in.read() >= 0) {}
        }
    }

    private DaemonDriver() {}
}
