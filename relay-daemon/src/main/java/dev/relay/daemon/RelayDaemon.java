package dev.relay.daemon;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.admin.AdminServer;
import dev.relay.daemon.admin.ConsoleContext;
import dev.relay.daemon.admin.CoreView;
import dev.relay.daemon.admin.MeteredStore;
import dev.relay.daemon.admin.Meters;
import dev.relay.daemon.admin.ProcessSampler;
import dev.relay.daemon.admin.Readiness;
import dev.relay.daemon.config.ConfigKey;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.FlowConfig;
import dev.relay.daemon.config.PrivateDirectory;
import dev.relay.daemon.config.QuotaConfig;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.config.TokenFile;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.daemon.routing.Surroundings;
import dev.relay.daemon.session.QuotaLimits;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.SqliteStore;
import dev.relay.daemon.store.StoreException;
import dev.relay.daemon.store.StoreLock;
import dev.relay.daemon.store.StoreSettings;
import dev.relay.daemon.transport.BusServer;
import dev.relay.protocol.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon: wires store, heart, transport and admin in the order in which they need each other, and takes them down in the reverse one. Holds no logic. {@link #start} returns when
 * the daemon serves; {@link #close} stores what was accepted, for at most {@value #DRAIN_MS} ms. What cannot go on stops the process, see {@link Fatal}.
 */
public final class RelayDaemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayDaemon.class);
    private static final long DRAIN_MS = 4_000;
    private static final String STORE_FILE = "relay.db";
    private static final String LOCK_FILE = "relay.lock";
    private static final StoreFactory SQLITE = (config, core) -> sqlite(config, core, null);

    /** Where messages are kept; a test of a failing disk brings its own. */
    @FunctionalInterface
    interface StoreFactory {
        MessageStore create(DaemonConfig config, CoreQueue core);
    }

    private final DaemonConfig config;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Readiness readiness = new Readiness();
    private final BusServer server;
    private final Bus bus;
    private final Meters meters = new Meters();
    private final @Nullable AdminServer admin;

    /** Starts with the default ending: an error of the core or the disk halts the process. */
    public static RelayDaemon start(DaemonConfig config) {
        return start(config, Fatal.HALT);
    }

    /**
     * Starts a daemon.
     *
     * @param fatal told once, on the core thread, when the daemon cannot go on; nothing is served afterwards
     * @throws StartRefusedException when the socket, the data directory or the admin port cannot be used
     */
    public static RelayDaemon start(DaemonConfig config, Fatal fatal) {
        return start(config, fatal, SQLITE);
    }

    /** Waits, for as long as it takes, until no other daemon has the store, then starts. */
    public static RelayDaemon startStandby(DaemonConfig config) {
        PrivateDirectory.require(config.dataDir(), ConfigKey.DATA_DIR);
        PrivateDirectory.ownFile(config.dataDir().resolve(LOCK_FILE), ConfigKey.DATA_DIR);
        try {
            StoreLock lock = StoreLock.await(config.dataDir());
            return start(config, Fatal.HALT, (c, core) -> sqlite(c, core, lock));
        } catch (StoreException e) {
            throw new StartRefusedException("data_dir: " + e.getMessage(), e);
        }
    }

    static RelayDaemon start(DaemonConfig config, Fatal fatal, StoreFactory stores) {
        return new RelayDaemon(config, fatal, stores);
    }

    private RelayDaemon(DaemonConfig config, Fatal fatal, StoreFactory stores) {
        this.config = config;
        Clock clock = Clock.system();
        long startNs = clock.nanoTime();
        try {
            PrivateDirectory.require(config.dataDir(), ConfigKey.DATA_DIR);
            Access access = TokenFile.access(config);
            server = closing(BusServer.create(config, clock, e -> fatal.stop(Fatal.SOFTWARE, "core_failed", e)));
            MessageStore store = new MeteredStore(stores.create(config, server.core()), meters, clock);
            store.onFailure(reason -> storeFailed(server, fatal, reason));
            Recovered recovered = open(store);
            parts.addLast(store);
            bus = new Bus(
                    busConfig(config.flow()),
                    clock,
                    store,
                    recovered,
                    new SplittableRandom(new SecureRandom().nextLong()),
                    reason -> storeFailed(server, fatal, reason),
                    access);
            CoreView view = new CoreView(server.core(), bus::snapshot, bus::operate, clock);
            closing(new ProcessSampler(server.core(), processes(bus), server::isReachable, clock));
            admin = config.adminPort() < 0
                    ? null
                    : closing(new AdminServer(
                            config.adminPort(),
                            view,
                            server.counts(),
                            meters,
                            access,
                            readiness,
                            ConsoleContext.of(config)));
            server.listen(bus);
            readiness.serving();
            LOG.info(
                    "daemon_ready socket={} admin_port={} boot_no={} took_ms={}",
                    socket(),
                    adminPort(),
                    recovered.bootNo(),
                    (clock.nanoTime() - startNs) / 1_000_000);
        } catch (RuntimeException e) {
            closeParts();
            throw e;
        }
    }

    /** Takes over the bounds of another configuration, those of {@link dev.relay.daemon.config.Reload#LIVE}; nothing has to be connected anew. */
    public void reload(FlowConfig flow) {
        BusConfig bounds = busConfig(flow);
        server.core().post(() -> bus.reconfigure(bounds));
    }

    /** For the meters of the process that it runs in. */
    public MeterRegistry meters() {
        return meters.registry();
    }

    /** Where clients connect. */
    public Path socket() {
        return config.socket();
    }

    /** Port of the admin server on loopback, -1 when there is none. */
    public int adminPort() {
        return admin == null ? -1 : admin.port();
    }

    /** Everything accepted is stored when this returns, unless the store is out of order. */
    @Override
    public void close() {
        readiness.draining();
        if (!parts.isEmpty() && !server.drain(DRAIN_MS)) {
            LOG.warn("drain_incomplete waited_ms={}", DRAIN_MS);
        }
        closeParts();
    }

    private <T extends AutoCloseable> T closing(T part) {
        parts.addFirst(part);
        return part;
    }

    /** Admin first, then the transport, the store last: its completions may still be posted until then. */
    private void closeParts() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.removeFirst();
            try {
                part.close();
            } catch (Exception e) {
                LOG.error("close_failed part={}", part.getClass().getSimpleName(), e);
            }
        }
    }

    private static ProcessSampler.Processes processes(Bus bus) {
        return new ProcessSampler.Processes() {
            @Override
            public int[] pids() {
                return bus.pids();
            }

            @Override
            public void sampled(List<ProcessUse> uses) {
                bus.sampled(uses);
            }

            @Override
            public void around(Surroundings now) {
                bus.around(now);
            }
        };
    }

    private static void storeFailed(BusServer server, Fatal fatal, String reason) {
        server.halt();
        fatal.stop(Fatal.IO_ERROR, reason, null);
    }

    private static MessageStore sqlite(DaemonConfig config, CoreQueue core, @Nullable StoreLock lock) {
        PrivateDirectory.ownFile(config.dataDir().resolve(STORE_FILE), ConfigKey.DATA_DIR);
        PrivateDirectory.ownFile(config.dataDir().resolve(LOCK_FILE), ConfigKey.DATA_DIR);
        StoreSettings settings =
                StoreSettings.of(config.dataDir(), config.isFullSync()).withMaxBytes(config.storeMaxBytes());
        return new SqliteStore(settings, core, lock);
    }

    private static Recovered open(MessageStore store) {
        try {
            return store.open();
        } catch (StoreException e) {
            throw new StartRefusedException("data_dir: " + e.getMessage(), e);
        }
    }

    private static BusConfig busConfig(FlowConfig flow) {
        BusConfig base = BusConfig.defaults(Version.text());
        QuotaConfig quota = flow.quota();
        return new BusConfig(
                base.version(),
                base.pingMs(),
                base.suspectMs(),
                base.fencedMs(),
                base.handshakeMs(),
                base.maxUnauthenticated(),
                flow.windowMessages(),
                flow.windowBytes(),
                flow.laneQueueMessages(),
                flow.pauseAtMessages(),
                flow.resumeAtMessages(),
                flow.mailboxMessages(),
                flow.mailboxBytes(),
                base.maxAgents(),
                flow.memoryBytes() == 0 ? base.memoryBytes() : flow.memoryBytes(),
                flow.journalDays(),
                new BusConfig.Breaking(flow.breakerFailures(), flow.laneBreakerFailures(), flow.breakerCoolDownMs()),
                new QuotaLimits(quota.messagesPerS(), quota.bytesPerS(), quota.mailboxMessages(), quota.mailboxBytes()),
                new BusConfig.Probing(Math.min(flow.probeMs(), base.pingMs()), flow.silentMs()));
    }
}
