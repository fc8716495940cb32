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
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a poison or a slow lane, or an agent behind its open breaker, costs the others (I18). One daemon, a recipient with a lane in
 * trouble, another recipient, and a sender that asks both at a fixed rate. Calm and troubled stretches take turns, and each pair gives one
 * ratio of their latencies, so that a machine that drifts does not judge.
 */
@Command(
        name = "isolation",
        description = "Measure what a lane in trouble costs other lanes of its recipient, and other recipients.")
final class IsolationBenchCommand implements Callable<Integer> {
    private static final List<String> FIGURES = List.of("p50_us", "p99_us");
    private static final List<String> TROUBLES = List.of("poison", "slow", "breaker");

    @Option(
            names = "--trouble",
            defaultValue = "poison",
            description =
                    "poison, slow or breaker: what fails on many lanes, held by its open breaker; for other recipients only.")
    String trouble = "poison";

    @Option(
            names = "--pairs",
            defaultValue = "20",
            description = "Runs with trouble and without, in turn; default: ${DEFAULT-VALUE}.")
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
        if (!TROUBLES.contains(trouble)) {
            throw new CliException(ExitCode.USAGE, "unknown trouble: " + trouble + "; use one of " + TROUBLES);
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
        for (String role : trouble.equals("breaker") ? List.of("other") : List.of("to", "other")) {
            List<Map<String, @Nullable Object>> calm = new ArrayList<>();
            List<Map<String, @Nullable Object>> troubled = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                calm.add(stretch(rig, role, ms));
                long held = begin(rig);
                troubled.add(stretch(rig, role, ms));
                end(rig, held);
            }
            report.put(role.equals("to") ? "same_recipient" : "other_recipient", Ratios.of(FIGURES, calm, troubled));
        }
    }

    /** Returns how many messages wait for the end of the trouble. */
    private long begin(Rig rig) {
        if (trouble.equals("breaker")) {
            rig.tell("to", "trouble.set", "poison");
            return rig.openBreaker("to");
        }
        rig.tell("to", "trouble.set", trouble);
        rig.ask("trouble", "run", fill());
        return messages;
    }

    private void end(Rig rig, long held) {
        if (trouble.equals("breaker")) {
            rig.closeBreaker("to");
        }
        rig.tell("to", "trouble.set", "none");
        drain(rig, held);
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

    private void drain(Rig rig, long held) {
        long left = held;
        while (left > 0) {
            left -= (long) Floor.number(rig.ask("to", "trouble.arrivals", Map.of()), "count");
            LockSupport.parkNanos(20_000_000);
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
