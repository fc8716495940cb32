package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures the bus through the public SDKs between separate processes, whole contract on, beside the floor of this machine in the same run. */
@Command(
        name = "bench",
        subcommands = {BooksBenchCommand.class, IsolationBenchCommand.class, LatestBenchCommand.class},
        description =
                "Measure latency and throughput of the bus on this machine, beside what the machine itself can do.")
public final class BenchCommand implements Callable<Integer> {
    private static final List<String> IN_ALL = List.of("request", "wait", "send", "durable", "replay", "fanout");

    @Parameters(
            arity = "0..*",
            defaultValue = "all",
            description = "request, wait, send, durable, replay, fanout, or all.")
    List<String> parts = List.of("all");

    @Option(names = "--bytes", defaultValue = "256", description = "Payload size.")
    int bytes;

    @Option(names = "--window", defaultValue = "2000", description = "Sends under way at most.")
    int window;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Calls per second, each due at its time; 0: as fast as it goes.")
    long rate;

    @Option(names = "--duration", defaultValue = "5s", description = "Measured time of each part.")
    Duration duration = Duration.ofSeconds(5);

    @Option(names = "--warm-up", defaultValue = "5s")
    Duration warmUp = Duration.ofSeconds(5);

    @Option(names = "--messages", defaultValue = "1000000", description = "Backlog of a replay.")
    long messages;

    @Option(names = "--subscribers", defaultValue = "100", description = "Of a fan-out.")
    int subscribers;

    @Option(names = "--from", defaultValue = "java", description = "Language of the sender: java or python.")
    String from = "java";

    @Option(names = "--to", defaultValue = "java", description = "Language of the recipient: java or python.")
    String to = "java";

    @Option(names = "--java-options", defaultValue = "", description = "For daemon and agents.")
    String javaOptions = "";

    @Option(names = "--daemon-options", defaultValue = "", description = "Java options for the daemon only.")
    String daemonOptions = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of the daemon; can be repeated.")
    List<String> settings = List.of();

    @Option(names = "--compare", description = "Measure a second configuration in turn and print ratios pair by pair.")
    boolean compare;

    @Option(names = "--other-lib", description = "Class path of the second one: a directory of jars.")
    @Nullable
    Path otherLib;

    @Option(names = "--other-java-options", description = "Java options of the second one, instead of --java-options.")
    @Nullable
    String otherJavaOptions;

    @Option(names = "--other-daemon-options", description = "Daemon's Java options of the second one.")
    @Nullable
    String otherDaemonOptions;

    @Option(names = "--other-set", description = "Settings of the second one's daemon.")
    List<String> otherSettings = List.of();

    @Option(names = "--pairs", defaultValue = "5", description = "Pairs of a comparison.")
    int pairs;

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        Part.Settings how =
                new Part.Settings(bytes, window, rate, warmUp.toMillis(), duration.toMillis(), messages, subscribers);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("bytes", bytes);
        report.put("processors", Runtime.getRuntime().availableProcessors());
        if (compare) {
            compare(report, how);
        } else {
            measure(report, how);
        }
        print(report);
        return ExitCode.OK;
    }

    private List<Part> chosen() {
        List<Part> chosen = new ArrayList<>();
        for (String name : parts.contains("all") ? IN_ALL : parts) {
            chosen.add(Arrays.stream(Part.values())
                    .filter(part -> part.lower().equals(name))
                    .findFirst()
                    .orElseThrow(() ->
                            new CliException(ExitCode.USAGE, "unknown part: " + name + "; use " + IN_ALL + " or all")));
        }
        return chosen;
    }

    private Configuration first() {
        return new Configuration(
                "first",
                System.getProperty("java.class.path"),
                words(javaOptions),
                words(daemonOptions),
                from,
                to,
                settings);
    }

    private Configuration second() {
        return new Configuration(
                "second",
                otherLib == null ? System.getProperty("java.class.path") : otherLib.toAbsolutePath() + "/*",
                words(otherJavaOptions == null ? javaOptions : otherJavaOptions),
                words(otherDaemonOptions == null ? daemonOptions : otherDaemonOptions),
                from,
                to,
                otherSettings.isEmpty() ? settings : otherSettings);
    }

    private static List<String> words(String text) {
        return Stream.of(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
    }

    private void measure(Map<String, Object> report, Part.Settings how) throws IOException {
        Path dir = Files.createTempDirectory("relay-bench");
        @Nullable Floor floor = Floor.build(dir, bytes);
        for (Part part : chosen()) {
            Map<String, @Nullable Object> under = Floor.measure(floor, window, Math.min(2_000, how.ms()));
            Map<String, @Nullable Object> figures = one(part, first(), how);
            Ratios.add(figures, under);
            under.forEach((name, value) -> figures.put("floor_" + name, value));
            report.put(part.lower(), figures);
        }
    }

    private static Map<String, @Nullable Object> one(Part part, Configuration configuration, Part.Settings how)
            throws IOException {
        try (Rig rig = new Rig(configuration, Files.createTempDirectory("relay-bench"))) {
            return part.measure(rig, configuration, how);
        }
    }

    private void compare(Map<String, Object> report, Part.Settings how) throws IOException {
        for (Part part : chosen()) {
            List<Map<String, @Nullable Object>> firsts = new ArrayList<>();
            List<Map<String, @Nullable Object>> seconds = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                firsts.add(one(part, first(), how));
                seconds.add(one(part, second(), how));
            }
            report.put(part.lower(), Ratios.of(part, firsts, seconds));
        }
    }

    private void print(Map<String, Object> report) {
        if (json) {
            System.out.println(Json.write(report));
            return;
        }
        report.forEach((name, value) -> {
            if (value instanceof Map<?, ?> figures) {
                System.out.println(name);
                figures.forEach((key, figure) -> System.out.printf(Locale.ROOT, "  %-36s %s%n", key, text(figure)));
            } else {
                System.out.printf("%-38s %s%n", name, value);
            }
        });
    }

    private static String text(@Nullable Object figure) {
        return figure instanceof Double d ? String.format(Locale.ROOT, "%,.2f", d) : String.valueOf(figure);
    }
}
