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
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How cost grows along each {@link Axis}: one JSON file with every figure, and a plot each, with machine, commit and command in the file. */
@Command(
        name = "scale",
        description =
                "Measure how cost grows with agents, lanes, topics, payload, backlog and books; write JSON and plots.")
final class ScaleCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", description = "agents, lanes, topics, payload, backlog, symbols; default: all.")
    List<String> axes = List.of();

    @Option(names = "--most", defaultValue = "1000000", description = "Leave out points above this.")
    int most;

    @Option(names = "--duration", defaultValue = "2s", description = "Measured time of each point.")
    Duration duration = Duration.ofSeconds(2);

    @Option(names = "--warm-up", defaultValue = "3s", description = "Of each point, not measured.")
    Duration warmUp = Duration.ofSeconds(3);

    @Option(names = "--out", required = true, description = "Directory of scale.json and scale-AXIS.svg.")
    Path out = Path.of(".");

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(out);
        Part.Settings settings =
                new Part.Settings(256, 2_000, 1, 0, warmUp.toMillis(), duration.toMillis(), 0, 1, AgentsBench.LEAST);
        Map<String, @Nullable Object> report = new LinkedHashMap<>(Machine.now());
        report.put("command", command());
        for (Axis axis : chosen()) {
            List<Map<String, @Nullable Object>> points = new ArrayList<>();
            for (int n : axis.points(most)) {
                points.add(axis.measure(n, settings));
                progress(axis, n);
            }
            report.put(axis.lower(), points);
            Files.writeString(
                    out.resolve("scale-" + axis.lower() + ".svg"),
                    axis.plot(points).svg());
        }
        Files.writeString(out.resolve("scale.json"), Json.write(report) + "\n");
        if (json) {
            System.out.println(Json.write(report));
        }
        return ExitCode.OK;
    }

    private void progress(Axis axis, int n) {
        if (!json) {
            System.out.println(axis.lower() + " " + n + " measured");
        }
    }

    private List<Axis> chosen() {
        return axes.isEmpty()
                ? List.of(Axis.values())
                : axes.stream().map(ScaleCommand::axis).toList();
    }

    private static Axis axis(String name) {
        return Arrays.stream(Axis.values())
                .filter(axis -> axis.lower().equals(name))
                .findFirst()
                .orElseThrow(() -> new CliException(
                        ExitCode.USAGE,
                        "unknown axis: " + name + "; use "
                                + Arrays.stream(Axis.values()).map(Axis::lower).toList()));
    }

    private String command() {
        return "bin/relay bench scale " + (axes.isEmpty() ? "" : String.join(" ", axes) + " ") + "--duration "
                + duration.toMillis() + "ms --warm-up " + warmUp.toMillis() + "ms --most " + most;
    }
}
