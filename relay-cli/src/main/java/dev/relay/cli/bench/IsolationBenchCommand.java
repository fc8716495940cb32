package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a poison or a slow lane costs the others (I18). One daemon, a recipient with a lane in trouble, another recipient, and a sender that asks both at a fixed rate. Calm and troubled
 * stretches take turns, and each pair gives one ratio of their latencies, so that a machine that drifts does not judge.
 */
@Command(
        name = "isolation",
        description = "Measure what a lane in trouble costs other lanes of its recipient, and other recipients.")
final class IsolationBenchCommand implements Callable<Integer> {
    private static final List<String> FIGURES = List.of("p50_us", "p99_us");

    @Option(names = "--trouble", defaultValue = "poison", description = "poison or slow.")
    String trouble = "poison";

    @Option(names = "--pairs", defaultValue = "20")
    int pairs;

    @Option(names = "--rate", defaultValue = "500", description = "Requests per second to each recipient.")
    long rate;

    @Option(names = "--ms", defaultValue = "1500", description = "Length of a stretch; below the first retry of 2 s.")
    long ms;

    @Option(
            names = "--messages",
            defaultValue = "200",
            description = "Sent into the lane in trouble at the start of a stretch.")
    long messages;

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        if (!List.of("poison", "slow").contains(trouble)) {
            throw new CliException(ExitCode.USAGE, "unknown trouble: " + trouble + "; use poison or slow");
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("trouble", trouble);
        report.put("pairs", pairs);
        try (Rig rig = new Rig(Configuration.plain(List.of()))) {
            for (String role : List.of("to", "other", "trouble", "from")) {
                rig.start(role, "java");
            }
            measure(rig, report);
        }
        print(report);
        return ExitCode.OK;
    }

    private void measure(Rig rig, Map<String, Object> report) {
        stretch(rig, "to", 4 * ms);
        stretch(rig, "other", 4 * ms);
        for (String role : List.of("to", "other")) {
            List<Map<String, @Nullable Object>> calm = new ArrayList<>();
            List<Map<String, @Nullable Object>> troubled = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                calm.add(stretch(rig, role, ms));
                rig.tell("to", "trouble.set", trouble);
                rig.ask("trouble", "run", fill());
                troubled.add(stretch(rig, role, ms));
                rig.tell("to", "trouble.set", "none");
                drain(rig);
            }
            report.put(role.equals("to") ? "same_recipient" : "other_recipient", Ratios.of(FIGURES, calm, troubled));
        }
    }

    private Map<String, Object> fill() {
        return Map.of(
                "mode",
                "send",
                "kind",
                "trouble",
                "to",
                Rig.name("to"),
                "bytes",
                256,
                "window",
                2_000,
                "ms",
                60_000,
                "count",
                messages);
    }

    private Map<String, @Nullable Object> stretch(Rig rig, String role, long length) {
        return rig.ask(
                "from",
                "run",
                Map.of("mode", "request", "to", Rig.name(role), "bytes", 256, "window", 1, "rate", rate, "ms", length));
    }

    private void drain(Rig rig) {
        long left = messages;
        while (left > 0) {
            left -= (long) Floor.number(rig.ask("to", "trouble.arrivals", Map.of()), "count");
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    private void print(Map<String, Object> report) {
        if (json) {
            System.out.println(Json.write(report));
        } else {
            report.forEach((name, value) -> System.out.printf(Locale.ROOT, "%-18s %s%n", name, value));
        }
    }
}
