package dev.relay.cli.bench;

import dev.relay.cli.ExitCode;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a conflated topic with a stalled reader costs: how soon after waking the reader is at the latest value of every key, the daemon's
 * memory, and the latency of requests between two other agents meanwhile, in calm and busy stretches in turn.
 */
@Command(
        name = "latest",
        description = "Measure a conflated topic: a fast publisher, a reader that stalls, and what others notice.")
final class LatestBenchCommand implements Callable<Integer> {
    /** After a collection, so that it tells what the daemon holds, which the resident memory of a young machine does not. */
    private static final String HEAP = "daemon_heap_bytes";

    @Option(names = "--updates", defaultValue = "50000", description = "Puts per second.")
    long updates;

    @Option(
            names = "--keys",
            defaultValue = "500",
            description = "Keys that are updated in turn; default: ${DEFAULT-VALUE}.")
    int keys;

    @Option(names = "--stall-ms", defaultValue = "2000", description = "How long the reader reads nothing.")
    long stallMs;

    @Option(
            names = "--pairs",
            defaultValue = "5",
            description = "Runs with a stall and without, in turn; default: ${DEFAULT-VALUE}.")
    int pairs;

    @Option(names = "--rate", defaultValue = "500", description = "Requests per second between the two others.")
    long rate;

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        Map<String, @Nullable Object> report = new LinkedHashMap<>();
        try (Rig rig = new Rig(Configuration.plain(List.of()))) {
            for (String role : List.of("to", "from", "feed", "reader")) {
                rig.start(role, "java");
            }
            rig.ask("reader", "latest.watch", Map.of("keys", keys, "rate", updates));
            measure(rig, report);
        }
        print(report);
        return ExitCode.OK;
    }

    private void measure(Rig rig, Map<String, @Nullable Object> report) {
        long ms = stallMs + 1_000;
        busy(rig, ms); // warms up
        long residentKb = rig.daemonResidentKb();
        Object heapBytes = rig.vitals().get(HEAP);
        List<Map<String, @Nullable Object>> calm = new ArrayList<>();
        List<Map<String, @Nullable Object>> busy = new ArrayList<>();
        List<Object> caughtUp = new ArrayList<>();
        List<Object> putsPerSecond = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            calm.add(stretch(rig, ms));
            Map<String, @Nullable Object> figures = busy(rig, ms);
            busy.add(figures);
            caughtUp.add(figures.getOrDefault("caught_up_ms", -1));
            putsPerSecond.add(figures.getOrDefault("puts_per_second", 0));
        }
        report.put("puts_per_second", putsPerSecond);
        report.put("caught_up_ms", caughtUp);
        report.put("daemon_rss_kb_before", residentKb);
        report.put("daemon_rss_kb", rig.daemonResidentKb());
        report.put(HEAP + "_before", heapBytes);
        report.put(HEAP, rig.vitals().get(HEAP));
        report.put("requests", Ratios.of(List.of("p50_us", "p99_us"), calm, busy));
    }

    private Map<String, @Nullable Object> busy(Rig rig, long ms) {
        Executor threads = task -> new Thread(task, "bench-latest").start();
        CompletableFuture<Map<String, @Nullable Object>> feed = CompletableFuture.supplyAsync(
                () -> rig.ask("feed", "latest.publish", Map.of("rate", updates, "keys", keys, "ms", ms + 500)),
                threads);
        CompletableFuture<Map<String, @Nullable Object>> reader =
                CompletableFuture.supplyAsync(() -> rig.ask("reader", "latest.stall", Map.of("ms", stallMs)), threads);
        Map<String, @Nullable Object> figures = new LinkedHashMap<>(stretch(rig, ms));
        figures.putAll(feed.join());
        figures.putAll(reader.join());
        return figures;
    }

    private Map<String, @Nullable Object> stretch(Rig rig, long ms) {
        return rig.ask(
                "from",
                "run",
                Map.of("mode", "request", "to", Rig.name("to"), "bytes", 256, "window", 1, "rate", rate, "ms", ms));
    }

    private void print(Map<String, @Nullable Object> report) {
        if (json) {
            System.out.println(Json.write(report));
        } else {
            report.forEach((name, value) -> System.out.printf(Locale.ROOT, "%-22s %s%n", name, value));
        }
    }
}
