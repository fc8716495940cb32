package dev.relay.cli.bench;

import dev.relay.cli.demo.Child;
import dev.relay.cli.torture.Home;
import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One daemon and its agents, each a process of its own, and a client of this process that gives the orders and is silent while they run. */
final class Rig implements AutoCloseable {
    private static final long READY_MS = 30_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** One more than the failures in a row that open a breaker. */
    private static final int FAILING_LANES = 6;

    private final Configuration configuration;
    private final Path dir;
    private final Path socket;
    private final Map<String, Child> children = new LinkedHashMap<>();
    private final Relay orders;

    Rig(Configuration configuration, Path dir) {
        this.configuration = configuration;
        this.dir = dir;
        this.socket = dir.resolve("relay.sock");
        String data = dir.resolve("data").toString();
        Child daemon = Child.start("daemon", configuration.daemon(socket.toString(), data), Map.of(), dir);
        children.put("daemon", daemon);
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
        child.awaitReady(READY_MS);
    }

    void stop(String role) {
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

    /** Gives one order to an agent and returns its answer. */
    Map<String, @Nullable Object> ask(String role, String kind, Map<String, ?> order) {
        return Json.object(
                orders.request(name(role), kind, Json.write(order), PATIENCE).text());
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
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
        return FAILING_LANES;
    }

    void closeBreaker(String role) {
        orders.agents().resetBreaker(name(role));
    }

    /** Figures of a run, and what each process used for each of its calls meanwhile. */
    Map<String, @Nullable Object> run(String role, Map<String, ?> order) {
        Map<String, ProcessUsage> before = usage();
        Map<String, Map<String, @Nullable Object>> javaBefore = javaUsage();
        Map<String, @Nullable Object> figures = new LinkedHashMap<>(ask(role, "run", order));
        double count = Math.max(1, Floor.number(figures, "count"));
        Map<String, Map<String, @Nullable Object>> javaAfter = javaUsage();
        usage().forEach((child, after) -> {
            ProcessUsage used = after.minus(before.getOrDefault(child, after));
            figures.put(child + "_cpu_us_per_message", round(used.cpuNs() / 1_000.0 / count));
            figures.put(child + "_switches_per_message", round(used.switches() / count));
            figures.put(child + "_rss_mb", used.residentKb() / 1_024);
        });
        javaAfter.forEach((child, after) -> {
            Map<String, @Nullable Object> was = javaBefore.getOrDefault(child, after);
            figures.put(
                    child + "_allocated_bytes_per_message", Math.round(rise(was, after, "allocated_bytes") / count));
            figures.put(child + "_collections", Math.round(rise(was, after, "collections")));
            figures.put(child + "_paused_ms", Math.round(rise(was, after, "paused_ms")));
        });
        return figures;
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
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("count", count);
        figures.put("per_second", count * 1_000_000_000L / Math.max(1, lastNs - firstNs));
        figures.put("daemon_rss_mb_before", residentKb / 1_024);
        figures.put("daemon_rss_mb", daemonUsage().residentKb() / 1_024);
        return figures;
    }

    private static double rise(Map<String, @Nullable Object> before, Map<String, @Nullable Object> after, String name) {
        return Floor.number(after, name) - Floor.number(before, name);
    }

    static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }

    long daemonResidentKb() {
        return daemonUsage().residentKb();
    }

    private ProcessUsage daemonUsage() {
        return usage().getOrDefault("daemon", new ProcessUsage(0, 0, 0));
    }

    private Map<String, ProcessUsage> usage() {
        Map<String, ProcessUsage> usage = new LinkedHashMap<>();
        children.forEach((role, child) -> usage.put(role, ProcessUsage.of(child.pid())));
        return usage;
    }

    private Map<String, Map<String, @Nullable Object>> javaUsage() {
        Map<String, Map<String, @Nullable Object>> usage = new LinkedHashMap<>();
        for (String role : children.keySet()) {
            if (!role.equals("daemon")) {
                usage.put(role, ask(role, "usage", Map.of()));
            }
        }
        return usage;
    }

    @Override
    public void close() {
        orders.close();
        List<Child> all = new ArrayList<>(children.values());
        for (int i = all.size() - 1; i >= 0; i--) {
            all.get(i).close();
        }
    }
}
