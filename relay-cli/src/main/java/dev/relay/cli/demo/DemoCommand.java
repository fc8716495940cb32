package dev.relay.cli.demo;

import dev.relay.cli.ExitCode;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the floor for a while, kills an agent in the middle, lets everything come to rest and prints the verdict. */
@Command(
        name = "demo",
        description = "Run an exchange, the sidecar, the daemon and trading agents; verify what they did.")
public final class DemoCommand implements Callable<Integer> {
    private static final Map<String, String> QUESTION =
            Map.of("symbol", "BTC-USDT", "side", "BUY", "quantity", "0.001");
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    @Option(
            names = "--duration",
            defaultValue = "30s",
            description = "How long the agents trade; default: ${DEFAULT-VALUE}.")
    Duration duration = Duration.ofSeconds(30);

    @Option(
            names = "--symbols",
            defaultValue = "BTC-USDT,ETH-USDT,SOL-USDT",
            description = "Markets of the exchange; default: ${DEFAULT-VALUE}.")
    String symbols = "";

    @Option(names = "--json", description = "Print only the verdict, as one JSON line.")
    boolean json;

    private final Histogram latency = new Histogram(TimeUnit.SECONDS.toNanos(10), 3);
    private long unanswered;

    @Override
    public Integer call() throws IOException {
        Path dir = Files.createTempDirectory("relay-demo");
        Map<String, Object> verdict;
        try (Floor floor = new Floor(dir, symbols)) {
            say("starting; logs in " + floor.logs());
            floor.start();
            try (Relay relay = Relay.builder("demo").socket(floor.socket()).connect();
                    Screen screen = new Screen(floor, relay, List.of(symbols.split(",", -1)), !json)) {
                trade(floor, relay, screen);
                verdict = rest(floor, relay);
            }
        }
        System.out.println(json ? Json.write(verdict) : text(verdict));
        return "pass".equals(verdict.get("verdict")) ? ExitCode.OK : ExitCode.FAILED;
    }

    private void trade(Floor floor, Relay relay, Screen screen) {
        long startNs = System.nanoTime();
        boolean hasKilled = false;
        while (System.nanoTime() - startNs < duration.toNanos()) {
            if (!hasKilled && System.nanoTime() - startNs > duration.toNanos() / 2) {
                hasKilled = true;
                say("killing the executor with SIGKILL; it comes back and loses nothing");
                floor.kill("executor");
            }
            ask(relay);
            floor.superviseOnce();
            screen.draw(latency);
            LockSupport.parkNanos(TICK_NS);
        }
    }

    /** One measured round trip to the Java agent; while the daemon is away there is no answer, and that is counted. */
    private void ask(Relay relay) {
        long startNs = System.nanoTime();
        try {
            relay.request("risk", "exposure", QUESTION, Duration.ofMillis(500));
            latency.recordValue(System.nanoTime() - startNs);
        } catch (RelayException e) {
            unanswered++;
        }
    }

    private Map<String, Object> rest(Floor floor, Relay relay) {
        say("stopping the scanner, pausing the exchange, comparing");
        floor.stop("scanner");
        floor.truth().pauseFlow(true);
        floor.superviseOnce();
        Map<String, Object> verdict = new Verdict(floor, relay, List.of(symbols.split(",", -1))).judge();
        verdict.put("restarts", floor.restarts());
        verdict.put("requests", latency.getTotalCount());
        verdict.put("unanswered", unanswered);
        Map<String, Object> us = new LinkedHashMap<>();
        us.put("p50", latency.getValueAtPercentile(50) / 1_000);
        us.put("p99", latency.getValueAtPercentile(99) / 1_000);
        us.put("max", latency.getMaxValue() / 1_000);
        verdict.put("request_us", us);
        return verdict;
    }

    private void say(String text) {
        if (!json) {
            System.err.println("demo: " + text);
        }
    }

    private static String text(Map<String, Object> verdict) {
        StringBuilder out = new StringBuilder();
        verdict.forEach((key, value) -> out.append(String.format("%-14s %s%n", key, value)));
        return out.toString().stripTrailing();
    }
}
