package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.cli.JavaCommand;
import dev.relay.cli.demo.Child;
import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A daemon, an echo agent and this process, over one Unix socket; the whole contract on. Closed loop: each request waits for the one before. */
@Command(
        name = "bench",
        subcommands = BooksBenchCommand.class,
        description = "Measure request round trips and send throughput on this machine.")
public final class BenchCommand implements Callable<Integer> {
    private static final int IN_FLIGHT = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Parameters(arity = "0..1", defaultValue = "all", description = "request, send or all.")
    String what = "all";

    @Option(names = "--bytes", defaultValue = "256", description = "Payload size.")
    int bytes;

    @Option(names = "--duration", defaultValue = "5s", description = "Measured time of each part.")
    Duration duration = Duration.ofSeconds(5);

    @Option(names = "--warm-up", defaultValue = "3s")
    Duration warmUp = Duration.ofSeconds(3);

    @Option(names = "--json", description = "Print one JSON line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        if (!List.of("request", "send", "all").contains(what)) {
            throw new CliException(ExitCode.USAGE, "unknown part: " + what + "; use request, send or all");
        }
        Path dir = Files.createTempDirectory("relay-bench");
        Path socket = dir.resolve("relay.sock");
        List<String> daemon = JavaCommand.relay(List.of(
                "daemon",
                "--socket",
                socket.toString(),
                "--data-dir",
                dir.resolve("data").toString()));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("bytes", bytes);
        try (Child d = Child.start("daemon", daemon, Map.of(), dir)) {
            d.awaitReady(20_000);
            List<String> echo = JavaCommand.main(EchoAgent.class.getName(), List.of(socket.toString()));
            try (Child e = Child.start("echo", echo, Map.of(), dir);
                    Relay relay = Relay.builder("bench").socket(socket).connect()) {
                e.awaitReady(20_000);
                measure(relay, figures);
            }
        }
        print(figures);
        return ExitCode.OK;
    }

    private void measure(Relay relay, Map<String, Object> figures) {
        byte[] payload = new byte[bytes];
        if (!what.equals("send")) {
            requests(relay, payload, warmUp);
            Histogram h = requests(relay, payload, duration);
            figures.put("requests", h.getTotalCount());
            figures.put("request_p50_us", h.getValueAtPercentile(50) / 1_000.0);
            figures.put("request_p99_us", h.getValueAtPercentile(99) / 1_000.0);
            figures.put("request_p999_us", h.getValueAtPercentile(99.9) / 1_000.0);
        }
        if (!what.equals("request")) {
            sends(relay, payload, warmUp);
            figures.put("sends_per_second", sends(relay, payload, duration));
        }
    }

    private static Histogram requests(Relay relay, byte[] payload, Duration time) {
        Histogram h = new Histogram(TimeUnit.SECONDS.toNanos(10), 3);
        long endNs = System.nanoTime() + time.toNanos();
        for (long startNs = System.nanoTime(); startNs < endNs; startNs = System.nanoTime()) {
            relay.request("bench-echo", "echo", payload, PATIENCE);
            h.recordValue(System.nanoTime() - startNs);
        }
        return h;
    }

    /** Confirmed messages per second with a bounded number under way. */
    private static long sends(Relay relay, byte[] payload, Duration time) {
        ArrayDeque<SendHandle> underWay = new ArrayDeque<>(IN_FLIGHT);
        long startNs = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - startNs < time.toNanos()) {
            if (underWay.size() == IN_FLIGHT) {
                underWay.remove().result(PATIENCE);
                count++;
            }
            underWay.add(relay.send("bench-echo", "load", payload));
        }
        while (!underWay.isEmpty()) {
            underWay.remove().result(PATIENCE);
            count++;
        }
        return count * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNs);
    }

    private void print(Map<String, Object> figures) {
        if (json) {
            System.out.println(Json.write(figures));
        } else {
            figures.forEach((key, value) -> System.out.printf("%-18s %s%n", key, value));
        }
    }
}
