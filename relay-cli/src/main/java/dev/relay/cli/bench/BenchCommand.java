package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures the bus through the public SDKs between separate processes, whole contract on, beside the floor of this machine in the same run. */
@Command(
        name = "bench",
        subcommands = {
            BooksBenchCommand.class,
            IsolationBenchCommand.class,
            LatestBenchCommand.class,
            ScaleCommand.class,
            SoakCommand.class
        },
        description =
                "Measure latency and throughput of the bus on this machine, beside what the machine itself can do.")
public final class BenchCommand implements Callable<Integer> {
    private static final String ALL = "all";

    @Parameters(
            arity = "0..*",
            defaultValue = ALL,
            description = "request, wait, send, durable, replay, fanout, agents, or all: these and books.")
    List<String> parts = List.of(ALL);

    @Option(names = "--bytes", split = ",", defaultValue = "256", description = "Payload sizes.")
    List<Integer> bytes = List.of();

    @Option(names = "--window", split = ",", defaultValue = "2000", description = "Sends under way at most.")
    List<Integer> windows = List.of();

    @Option(
            names = "--agent-pairs",
            defaultValue = "1",
            description = "Senders and recipients at a time, each a process; request, wait, send and durable.")
    int agentPairs;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Calls per second, each due at its time; 0: as fast as it goes.")
    long rate;

    @Option(names = "--duration", defaultValue = "5s", description = "Measured time of each part.")
    Duration duration = Duration.ofSeconds(5);

    @Option(names = "--warm-up", defaultValue = "5s", description = "As fast as it goes, not measured.")
    Duration warmUp = Duration.ofSeconds(5);

    @Option(names = "--messages", defaultValue = "1000000", description = "Backlog of a replay.")
    long messages;

    @Option(names = "--subscribers", defaultValue = "100", description = "Of a fan-out.")
    int subscribers;

    @Option(names = "--agents", defaultValue = "10000", description = "Connected agents, a hundredth of them active.")
    int agents;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            description = "Beside it nats-core, nats-jetstream, redis-streams or rabbitmq, when installed.")
    @Nullable
    String peer;

    @Mixin
    RigOptions rigs = new RigOptions();

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        @Nullable PeerSystem other = peer == null ? null : peer(peer);
        List<Part> chosen = chosen(other);
        checkOptions();
        Map<String, Object> report = Machine.now();
        @Nullable Floor floor = rigs.compare ? null : Floor.build(Files.createTempDirectory("relay-bench"));
        for (int size : bytes) {
            for (int window : windows) {
                for (Part part : chosen) {
                    report.put(title(part, size, window), figures(part, floor, settings(size, window)));
                    if (other != null) {
                        beside(other, part, settings(size, window), report);
                    }
                }
            }
        }
        if (parts.contains(ALL) && !rigs.compare && other == null) {
            report.put("books", BooksBenchCommand.usual());
        }
        FigureTable.print(report, json);
        return ExitCode.OK;
    }

    private void checkOptions() {
        if (bytes.stream().anyMatch(size -> size < 0) || windows.stream().anyMatch(window -> window < 1)) {
            throw new CliException(ExitCode.USAGE, "--bytes must be 0 or more and --window 1 or more");
        }
        if (agentPairs < 1 || subscribers < 1 || rate < 0 || agents < AgentsBench.LEAST) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--agent-pairs and --subscribers must be 1 or more, --rate 0 or more, --agents " + AgentsBench.LEAST
                            + " or more");
        }
    }

    /** With a peer: what both can do. */
    private List<Part> chosen(@Nullable PeerSystem other) {
        if (parts.contains(ALL)) {
            return Arrays.stream(Part.values())
                    .filter(part -> other == null || other.can(part))
                    .toList();
        }
        return parts.stream().map(BenchCommand::part).toList();
    }

    private PeerSystem peer(String name) {
        if (agentPairs > 1 || rate > 0 || rigs.compare) {
            throw new CliException(ExitCode.USAGE, "--peer goes with one pair, without --rate and --compare");
        }
        PeerSystem found = PeerSystem.of(name)
                .orElseThrow(() -> new CliException(
                        ExitCode.USAGE,
                        "unknown peer: " + name + "; use "
                                + Arrays.stream(PeerSystem.values())
                                        .map(PeerSystem::lower)
                                        .toList()));
        Path unused = PeerRig.binary(found); // said before anything is measured
        return found;
    }

    private void beside(PeerSystem other, Part part, Part.Settings how, Map<String, Object> report) throws IOException {
        report.put("relay promises", PeerSystem.OURS);
        report.put(other.lower() + " promises", other.promise());
        if (!other.can(part)) {
            report.put(other.lower() + " " + part.lower(), "not to be had from it");
            return;
        }
        try (PeerRig rig = PeerRig.open(other)) {
            report.put(title(part, how.bytes(), how.window()) + " " + other.lower(), rig.measure(part, how));
        }
    }

    private static Part part(String name) {
        return Arrays.stream(Part.values())
                .filter(part -> part.lower().equals(name))
                .findFirst()
                .orElseThrow(() -> new CliException(
                        ExitCode.USAGE,
                        "unknown part: " + name + "; use "
                                + Arrays.stream(Part.values()).map(Part::lower).toList() + ", books or all"));
    }

    private Part.Settings settings(int size, int window) {
        return new Part.Settings(
                size, window, agentPairs, rate, warmUp.toMillis(), duration.toMillis(), messages, subscribers, agents);
    }

    /** The part alone, as long as there is one size and one window. */
    private String title(Part part, int size, int window) {
        return part.lower()
                + (bytes.size() > 1 ? " bytes=" + size : "")
                + (windows.size() > 1 ? " window=" + window : "");
    }

    private Map<String, @Nullable Object> figures(Part part, @Nullable Floor floor, Part.Settings how)
            throws IOException {
        if (rigs.compare) {
            return compared(part, how);
        }
        Map<String, @Nullable Object> under = Floor.measure(floor, how, rigs.from);
        Map<String, @Nullable Object> figures = one(part, rigs.first(), how);
        Ratios.add(part, figures, under);
        under.forEach((name, value) -> figures.put("floor_" + name, value));
        return figures;
    }

    private static Map<String, @Nullable Object> one(Part part, Configuration configuration, Part.Settings how)
            throws IOException {
        try (Rig rig = new Rig(configuration)) {
            return part.measure(rig, configuration, how);
        }
    }

    private Map<String, @Nullable Object> compared(Part part, Part.Settings how) throws IOException {
        List<Map<String, @Nullable Object>> firsts = new ArrayList<>();
        List<Map<String, @Nullable Object>> seconds = new ArrayList<>();
        for (int i = 0; i < rigs.pairs; i++) {
            firsts.add(one(part, rigs.first(), how));
            seconds.add(one(part, rigs.second(), how));
        }
        return Ratios.of(part, firsts, seconds);
    }
}
