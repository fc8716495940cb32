package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.cli.Folder;
import dev.relay.cli.JvmUsage;
import dev.relay.cli.RemoteJvm;
import dev.relay.cli.demo.Child;
import dev.relay.cli.torture.Home;
import dev.relay.cli.torture.IdleAgents;
import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One daemon and its agents, each a process of its own, and a client of this process that gives the orders and is silent while they run. */
final class Rig implements AutoCloseable {
    private static final long READY_MS = 30_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** One more than the failures in a row that open a breaker. */
    private static final int FAILING_LANES = 6;

    private static final String DAEMON = "daemon";

    private final Configuration configuration;
    private final Path dir;
    private final Path socket;
    private final Path data;
    private final Map<String, RemoteJvm> jvms = new HashMap<>();
    private final Set<String> javaRoles = new LinkedHashSet<>(Set.of(DAEMON));
    private final List<IdleAgents> idle = new ArrayList<>();
    private final Map<String, Child> children = new LinkedHashMap<>();
    private final Relay orders;

    Rig(Configuration configuration) throws IOException {
        this.configuration = configuration;
        this.dir = Files.createTempDirectory("relay-bench");
        this.socket = dir.resolve("relay.sock");
        this.data = dir.resolve("data");
        Child daemon = Child.start(DAEMON, configuration.daemon(socket.toString(), data.toString()), Map.of(), dir);
        children.put(DAEMON, daemon);
        daemon.awaitReady(READY_MS);
        this.orders = Relay.builder("bench").socket(socket).connect();
    }

    /** Starts an agent in the language of its end and waits until it is there. */
    void start(String role, String language, String... more) {
        List<String> settings = new ArrayList<>(List.of("socket=" + socket, "name=" + name(role)));
        settings.addAll(List.of(more));
        Child child = language.equals("python")
                ? Child.start(role, python(settings), pythonEnvironment(), dir)
                : Child.start(role, configuration.javaAgent(settings), Map.of(), dir);
        children.put(role, child);
        if (!language.equals("python")) {
            javaRoles.add(role);
        }
        child.awaitReady(READY_MS);
    }

    void stop(String role) {
        javaRoles.remove(role);
        RemoteJvm jvm = jvms.remove(role);
        if (jvm != null) {
            jvm.close();
        }
        Child child = children.remove(role);
        if (child != null) {
            child.close();
        }
    }

    static String name(String role) {
        return "bench-" + role;
    }

    private static List<String> python(List<String> settings) {
        List<String> command = new ArrayList<>();
        command.add(Home.python());
        command.add(Home.path("bin/lib/bench_agent.py").toString());
        command.addAll(settings);
        return command;
    }

    private static Map<String, String> pythonEnvironment() {
        return Map.of("PYTHONPATH", Home.path("relay-sdk-python/src").toString());
    }

    /** Connects so many agents that do nothing; false when that takes longer. */
    boolean startIdle(int count, long timeoutMs) {
        IdleAgents agents = IdleAgents.start(socket, "idle-" + idle.size(), count, dir);
        idle.add(agents);
        return agents.awaitOpen(timeoutMs);
    }

    /** Gives one order to an agent and returns its answer. */
    Map<String, @Nullable Object> ask(String role, String kind, Map<String, ?> order) {
        Duration patience = PATIENCE.plusMillis((long) Floor.number(order, "ms"));
        Map<String, @Nullable Object> told = Json.object(
                orders.request(name(role), kind, Json.write(order), patience).text());
        if (told.get("failed") instanceof String why) {
            throw new CliException(ExitCode.FAILED, role + " cannot go on: " + why);
        }
        return told;
    }

    /** One word to an agent. */
    void tell(String role, String kind, String word) {
        orders.request(name(role), kind, word, PATIENCE);
    }

    /** Has several senders give an agent what it fails on until its breaker is open. Returns how many messages wait there. */
    long openBreaker(String role) {
        for (int i = 0; i < FAILING_LANES; i++) {
            try (Relay sender =
                    Relay.builder("bench-failing-" + i).socket(socket).connect()) {
                sender.send(name(role), "trouble", "").result(PATIENCE);
            }
        }
        while (!"open".equals(orders.getMetrics(name(role)).get("breaker"))) {
            LockSupport.parkNanos(5_000_000);
        }
        return FAILING_LANES;
    }

    void closeBreaker(String role) {
        orders.agents().resetBreaker(name(role));
    }

    /** Gives each of these agents its order, all at once, and waits for the last answer. */
    List<Map<String, @Nullable Object>> askAll(String kind, Map<String, ? extends Map<String, ?>> orders) {
        Executor threads = task -> new Thread(task, "bench-orders").start();
        List<CompletableFuture<Map<String, @Nullable Object>>> answers = new ArrayList<>();
        orders.forEach(
                (role, order) -> answers.add(CompletableFuture.supplyAsync(() -> ask(role, kind, order), threads)));
        return answers.stream().map(CompletableFuture::join).toList();
    }

    /** Figures of a run, and what each process used for each of its calls meanwhile. */
    Map<String, @Nullable Object> run(String role, Map<String, ?> order) {
        return run(Map.of(role, order));
    }

    /**
     * Figures of a run of several senders, and what each process used for each of their calls meanwhile. Rates are summed; a latency is
     * that of the slowest of them.
     */
    Map<String, @Nullable Object> run(Map<String, ? extends Map<String, ?>> orders) {
        Map<String, ProcessUsage> before = usage();
        Map<String, JvmUsage> javaBefore = javaUsage();
        Map<String, @Nullable Object> figures = merged(askAll("run", orders));
        double count = Math.max(1, Floor.number(figures, "count"));
        Map<String, JvmUsage> javaAfter = javaUsage();
        usage().forEach((child, after) -> {
            ProcessUsage used = after.minus(before.getOrDefault(child, after));
            figures.put(child + "_cpu_us_per_message", round(used.cpuNs() / 1_000.0 / count));
            figures.put(child + "_switches_per_message", round(used.switches() / count));
            figures.put(child + "_rss_mb", used.residentKb() / 1_024);
        });
        javaAfter.forEach((child, after) -> {
            JvmUsage used = after.minus(javaBefore.getOrDefault(child, after));
            figures.put(child + "_allocated_bytes_per_message", Math.round(used.allocatedBytes() / count));
            figures.put(child + "_collections", used.collections());
            figures.put(child + "_paused_ms", used.pausedMs());
        });
        return figures;
    }

    private static Map<String, @Nullable Object> merged(List<Map<String, @Nullable Object>> all) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(all.get(0));
        for (Map<String, @Nullable Object> figures : all.subList(1, all.size())) {
            figures.keySet().forEach(name -> {
                double one = Floor.number(merged, name);
                double other = Floor.number(figures, name);
                merged.put(name, name.endsWith("_us") ? (Object) Math.max(one, other) : Math.round(one + other));
            });
        }
        return merged;
    }

    /** Waits until so many messages have arrived at an agent and tells how long that took from the first to the last. */
    Map<String, @Nullable Object> arrivals(String role, long expected) {
        long count = 0;
        long firstNs = Long.MAX_VALUE;
        long lastNs = 0;
        long residentKb = daemonUsage().residentKb();
        while (count < expected) {
            Map<String, @Nullable Object> news = ask(role, "arrivals", Map.of());
            count += (long) Floor.number(news, "count");
            if (Floor.number(news, "count") > 0) {
                firstNs = Math.min(firstNs, (long) Floor.number(news, "first_ns"));
                lastNs = (long) Floor.number(news, "last_ns");
            }
            LockSupport.parkNanos(20_000_000);
        }
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("count", count);
        figures.put("per_second", count * 1_000_000_000L / Math.max(1, lastNs - firstNs));
        figures.put("daemon_rss_mb_before", residentKb / 1_024);
        figures.put("daemon_rss_mb", daemonUsage().residentKb() / 1_024);
        return figures;
    }

    static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }

    long daemonResidentKb() {
        return daemonUsage().residentKb();
    }

    private ProcessUsage daemonUsage() {
        return ProcessUsage.of(child(DAEMON).pid());
    }

    private Map<String, ProcessUsage> usage() {
        Map<String, ProcessUsage> usage = new LinkedHashMap<>();
        children.forEach((role, child) -> usage.put(role, ProcessUsage.of(child.pid())));
        return usage;
    }

    private Map<String, JvmUsage> javaUsage() {
        Map<String, JvmUsage> usage = new LinkedHashMap<>();
        javaRoles.forEach(role -> usage.put(role, jvm(role).usage()));
        return usage;
    }

    /** Attached when first asked for: what is only started costs nothing more. */
    private RemoteJvm jvm(String role) {
        return jvms.computeIfAbsent(role, name -> RemoteJvm.attach(child(name).pid()));
    }

    private Child child(String role) {
        return Objects.requireNonNull(children.get(role), role);
    }

    /**
     * What must not grow while every message is acked: {@code ROLE_heap_bytes}, {@code _direct_bytes} and {@code _files} of each process,
     * {@code wal_bytes} of the store. Collects first.
     */
    Map<String, Object> vitals() {
        Map<String, Object> vitals = new LinkedHashMap<>();
        for (String role : javaRoles) {
            vitals.put(role + "_heap_bytes", jvm(role).liveHeapBytes());
            vitals.put(role + "_direct_bytes", jvm(role).directBytes());
        }
        children.forEach((role, child) -> vitals.put(role + "_files", ProcessUsage.openFiles(child.pid())));
        vitals.put("wal_bytes", storeBytes("-wal"));
        vitals.put("store_bytes", storeBytes(".db"));
        return vitals;
    }

    private long storeBytes(String ending) {
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + data, e);
        }
    }

    @Override
    public void close() {
        orders.close();
        idle.forEach(IdleAgents::close);
        jvms.values().forEach(RemoteJvm::close);
        List<Child> all = new ArrayList<>(children.values());
        for (int i = all.size() - 1; i >= 0; i--) {
            all.get(i).close();
        }
        Folder.delete(data); // a store may be large; logs stay, for whoever wants to know why
    }
}
