package dev.relay.cli;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.ConfigException;
import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.store.StoreException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "daemon", description = "Run the bus: route messages between agents over a Unix domain socket.")
final class DaemonCommand implements Callable<Integer> {
    @Option(names = "--socket", description = "Path of the bus socket.")
    @Nullable
    String socket;

    @Option(names = "--data-dir", description = "Directory of the store.")
    @Nullable
    String dataDir;

    @Option(
            names = "--admin-port",
            description = "Loopback port of health, metrics and console; 0 picks one, -1 (default) for none.")
    @Nullable
    String adminPort;

    @Option(
            names = "--tcp-port",
            description = "Loopback port of the bus for hosts without Unix sockets; off by default.")
    @Nullable
    String tcpPort;

    @Option(names = "--config", description = "Configuration file.")
    @Nullable
    Path config;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any configuration key; can be repeated.")
    Map<String, String> settings = Map.of();

    @Option(
            names = "--standby",
            description = "Wait until the daemon that has the data directory ends, however it ends, then take over.")
    boolean isStandby;

    @Override
    public Integer call() throws Exception {
        RelayDaemon daemon = start();
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("component", "daemon");
        ready.put("socket", daemon.socket());
        ReadyLine.admin(ready, daemon.adminPort());
        System.out.println(ReadyLine.of(ready));
        Serving.untilSignal(daemon);
        return ExitCode.OK;
    }

    private RelayDaemon start() {
        Map<String, String> flags = new LinkedHashMap<>(settings);
        put(flags, "socket", socket);
        put(flags, "data_dir", dataDir);
        put(flags, "admin_port", adminPort);
        put(flags, "tcp_port", tcpPort);
        try {
            DaemonConfig loaded = ConfigLoader.load(flags, System.getenv(), config);
            if (!isStandby) {
                return RelayDaemon.start(loaded);
            }
            System.err.println("standby component=daemon data_dir=" + loaded.dataDir());
            return RelayDaemon.startStandby(loaded);
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
        } catch (StartRefusedException e) {
            throw new CliException(
                    isStoreDamaged(e) ? ExitCode.STORE_DAMAGED : ExitCode.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private static boolean isStoreDamaged(StartRefusedException refusal) {
        return refusal.getCause() instanceof StoreException store && store.reason() == StoreException.Cause.CORRUPT;
    }

    private static void put(Map<String, String> flags, String key, @Nullable String value) {
        if (value != null) {
            flags.put(key, value);
        }
    }
}
