package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.cli.torture.Home;
import dev.relay.protocol.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A long run at a fixed rate, sample by sample: a daemon, a sender and a recipient, each send due at its time and measured until its
 * receipt. Between two samples, while nothing is under way, every process collects its garbage and is asked what it holds. One JSON line a
 * sample; at last a verdict and its exit code.
 */
@Command(
        name = "soak",
        description = "Send for long at half of the maximum rate and judge whether anything grows or slows down.")
final class SoakCommand implements Callable<Integer> {
    private static final String HALF = "half";
    private static final long LONGEST_SAMPLE_MS = 240_000;

    @Option(names = "--duration", defaultValue = "1h", description = "Of all samples together.")
    Duration duration = Duration.ofHours(1);

    @Option(names = "--sample", defaultValue = "1m", description = "Of one sample, 4m at most.")
    Duration sample = Duration.ofMinutes(1);

    @Option(
            names = "--rate",
            defaultValue = HALF,
            description = "Sends per second, or half of the maximum that is measured first.")
    String rate = HALF;

    @Option(names = "--warm-up", defaultValue = "30s", description = "At full rate, before the maximum is measured.")
    Duration warmUp = Duration.ofSeconds(30);

    @Option(names = "--maximum", defaultValue = "10s", description = "How long the maximum is measured.")
    Duration maximum = Duration.ofSeconds(10);

    @Option(names = "--bytes", defaultValue = "256", description = "Payload size.")
    int bytes;

    @Option(names = "--window", defaultValue = "2000", description = "Sends under way at most.")
    int window;

    @Option(
            names = "--out",
            defaultValue = "relay-soak.jsonl",
            description = "A JSON line for each sample and one of the verdict; replaced.")
    Path out = Path.of("relay-soak.jsonl");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of the daemon; can be repeated.")
    List<String> settings = List.of();

    @Option(names = "--json", description = "Print JSON lines only.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        check();
        try (Rig rig = new Rig(Configuration.plain(settings));
                BufferedWriter lines = Files.newBufferedWriter(out)) {
            rig.start("to", "java");
            rig.start("from", "java");
            long perSecond = perSecond(rig);
            List<Map<String, @Nullable Object>> samples = samples(rig, perSecond, lines);
            return judge(SoakVerdict.of(samples), samples.size(), perSecond, lines);
        }
    }

    private void check() {
        if (sample.toMillis() > LONGEST_SAMPLE_MS || sample.toMillis() < 1 || duration.compareTo(sample) < 0) {
            throw new CliException(ExitCode.USAGE, "--sample must be above 0, at most 4m and --duration");
        }
        if (!rate.equals(HALF) && !rate.matches("[1-9][0-9]{0,8}")) {
            throw new CliException(ExitCode.USAGE, "--rate must be half or a number above 0: " + rate);
        }
    }

    private long perSecond(Rig rig) {
        rig.ask("from", "run", order(0, warmUp));
        if (!rate.equals(HALF)) {
            return Long.parseLong(rate);
        }
        double most = Floor.number(rig.ask("from", "run", order(0, maximum)), "per_second");
        return Math.max(1, Math.round(most / 2));
    }

    private Map<String, Object> order(long perSecond, Duration length) {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("mode", "send");
        order.put("to", Rig.name("to"));
        order.put("bytes", bytes);
        order.put("window", window);
        order.put("rate", perSecond);
        order.put("ms", length.toMillis());
        return order;
    }

    private List<Map<String, @Nullable Object>> samples(Rig rig, long perSecond, BufferedWriter lines)
            throws IOException {
        List<Map<String, @Nullable Object>> samples = new ArrayList<>();
        for (long i = 1; i <= duration.toMillis() / sample.toMillis(); i++) {
            Map<String, @Nullable Object> figures = new LinkedHashMap<>();
            figures.put("sample", i);
            figures.putAll(rig.run("from", order(perSecond, sample)));
            figures.putAll(rig.vitals());
            samples.add(figures);
            write(figures, lines);
        }
        return samples;
    }

    private int judge(SoakVerdict verdict, int count, long perSecond, BufferedWriter lines) throws IOException {
        Map<String, @Nullable Object> report = new LinkedHashMap<>();
        report.put("verdict", verdict.isSteady() ? "steady" : "not steady");
        report.put("failures", verdict.failures());
        report.put("samples", count);
        report.put("rate", perSecond);
        report.put("commit", Home.commit());
        report.putAll(verdict.figures());
        write(report, lines);
        if (!json) {
            report.forEach((name, value) -> System.out.printf("%-28s %s%n", name, value));
            System.out.println("samples in " + out.toAbsolutePath());
        }
        return verdict.isSteady() ? ExitCode.OK : ExitCode.FAILED;
    }

    private void write(Map<String, @Nullable Object> figures, BufferedWriter lines) throws IOException {
        String line = Json.write(figures);
        lines.write(line);
        lines.newLine();
        lines.flush();
        if (json) {
            System.out.println(line);
        } else if (figures.containsKey("sample")) {
            System.out.printf(
                    "sample %s: %s a second, p99.9 %s us, daemon heap %s KiB, wal %s KiB%n",
                    figures.get("sample"),
                    figures.get("per_second"),
                    figures.get("p999_us"),
                    kib(figures, "daemon_heap_bytes"),
                    kib(figures, "wal_bytes"));
        }
    }

    private static long kib(Map<String, @Nullable Object> figures, String name) {
        return (long) Floor.number(figures, name) >> 10;
    }
}
