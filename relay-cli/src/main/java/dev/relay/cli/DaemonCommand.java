package dev.relay.cli;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.ConfigException;
import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.Reload;
import dev.relay.daemon.config.Setting;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.store.StoreException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "daemon", description = "Run the bus: route messages between agents over a Unix domain socket.")
final class DaemonCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonCommand.class);

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

    private List<Setting> running = List.of();

    @Override
    public Integer call() throws Exception {
        RelayDaemon daemon = start();
        ProcessMeters.bind(daemon.meters());
        Hangup.on(() -> reload(daemon));
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("component", "daemon");
        ready.put("socket", daemon.socket());
        ReadyLine.admin(ready, daemon.adminPort());
        System.out.println(ReadyLine.of(ready));
        Serving.untilSignal(daemon);
        return ExitCode.OK;
    }

    private Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>(settings);
        put(flags, "socket", socket);
        put(flags, "data_dir", dataDir);
        put(flags, "admin_port", adminPort);
        put(flags, "tcp_port", tcpPort);
        return flags;
    }

    /** The daemon goes on with what it has when the file is wrong. */
    private void reload(RelayDaemon daemon) {
        try {
            List<Setting> now = ConfigLoader.explain(flags(), System.getenv(), config);
            DaemonConfig loaded = ConfigLoader.load(flags(), System.getenv(), config);
            Reload reload = Reload.between(running, now);
            daemon.reload(loaded.flow());
            running = now;
            LOG.info("config_reloaded applied={} needs_restart={}", reload.applied(), reload.restart());
        } catch (ConfigException e) {
            LOG.error("config_not_reloaded mistakes={}", e.mistakes());
        }
    }

    private RelayDaemon start() {
        try {
            DaemonConfig loaded = ConfigLoader.load(flags(), System.getenv(), config);
            running = ConfigLoader.explain(flags(), System.getenv(), config);
            if (!isStandby) {
                return RelayDaemon.start(loaded);
            }
            System.err.println("standby component=daemon data_dir=" + loaded.dataDir());
            return RelayDaemon.startStandby(loaded);
        } catch (ConfigException e) {
            throw CliException.ofUsage(e);
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
