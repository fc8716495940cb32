package dev.relay.cli.torture;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Figures of the daemon under many agents and after a crash with a backlog. Prints one JSON line. */
@Command(
        name = "load",
        description = "Measure many idle agents and their return after a crash, and a start with a backlog.",
        mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PAYLOAD_BYTES = 256;

    @Parameters(arity = "0..1", defaultValue = "all", description = "agents, backlog or all.")
    String what = "all";

    @Option(names = "--agents", defaultValue = "10000", description = "Idle agents.")
    int agents;

    @Option(names = "--processes", defaultValue = "4", description = "Processes that hold them.")
    int processes;

    @Option(
            names = "--backlog",
            defaultValue = "100000",
            description = "Messages that wait for an agent while the daemon is killed.")
    int backlog;

    @Override
    public Integer call() throws IOException {
        if (!List.of("agents", "backlog", "all").contains(what)) {
            throw new CliException(ExitCode.USAGE, "unknown part: " + what + "; use agents, backlog or all");
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        boolean isRight = true;
        if (!what.equals("backlog")) {
            isRight &= agents(figures);
        }
        if (!what.equals("agents")) {
            isRight &= backlog(figures);
        }
        System.out.println(Json.write(figures));
        return isRight ? ExitCode.OK : ExitCode.FAILED;
    }

    /** Connects them, weighs them, kills the daemon and waits until all are back. */
    private boolean agents(Map<String, Object> figures) throws IOException {
        try (LoadBed bed = new LoadBed(Files.createTempDirectory("relay-load"))) {
            bed.swarm("warm", 100);
            LoadBed.within(30_000, () -> bed.told("open") == 100);
            long heap = bed.liveHeapBytes();
            long resident = bed.residentBytes();
            long startNs = System.nanoTime();
            for (int i = 0; i < processes; i++) {
                bed.swarm("idle" + i, agents / processes);
            }
            long all = 100L + (long) agents / processes * processes;
            boolean isRight = LoadBed.within(120_000, () -> bed.told("open") == all) >= 0;
            figures.put("agents", bed.told("open"));
            figures.put("connect_ms", (System.nanoTime() - startNs) / 1_000_000);
            figures.put("heap_bytes_per_agent", (bed.liveHeapBytes() - heap) / (all - 100));
            figures.put("resident_bytes_per_agent", (bed.residentBytes() - resident) / (all - 100));
            figures.put("daemon_resident_mib", bed.residentBytes() >> 20);
            long before = bed.told("connects");
            long crashNs = System.nanoTime();
            figures.put("restart_ready_ms", bed.crashDaemon());
            figures.put("restart_ready_cpu_ms", bed.daemonCpuMs());
            isRight &=
                    LoadBed.within(60_000, () -> bed.told("open") == all && bed.told("connects") >= before + all) >= 0;
            figures.put("all_back_ms", (System.nanoTime() - crashNs) / 1_000_000);
            figures.put("all_back_cpu_ms", bed.daemonCpuMs());
            figures.put("refusals", bed.told("refusals"));
            return isRight;
        }
    }

    /** Messages for an agent that is away, a kill, the time to ready, and every message in order at last. */
    private boolean backlog(Map<String, Object> figures) throws IOException {
        try (LoadBed bed = new LoadBed(Files.createTempDirectory("relay-load"))) {
            long startNs = System.nanoTime();
            fill(bed);
            figures.put("backlog", backlog);
            figures.put("backlog_confirmed_ms", (System.nanoTime() - startNs) / 1_000_000);
            figures.put("backlog_ready_ms", bed.crashDaemon());
            figures.put("backlog_ready_cpu_ms", bed.daemonCpuMs());
            AtomicLong next = new AtomicLong();
            AtomicLong misplaced = new AtomicLong();
            startNs = System.nanoTime();
            try (Relay away =
                    Relay.builder("away").socket(bed.socket()).window(2_000).connect()) {
                away.on("letter", message -> {
                    if (Letter.read(message.bytes()).seq() != next.incrementAndGet()) {
                        misplaced.incrementAndGet();
                    }
                });
                away.start();
                LoadBed.within(120_000, () -> next.get() >= backlog);
            }
            figures.put("backlog_drained_ms", (System.nanoTime() - startNs) / 1_000_000);
            figures.put("backlog_delivered", next.get());
            figures.put("backlog_misplaced", misplaced.get());
            return next.get() == backlog && misplaced.get() == 0;
        }
    }

    private void fill(LoadBed bed) {
        try (Relay sender = Relay.builder("filler").socket(bed.socket()).connect()) {
            sender.control("agents.add", Map.of("name", "away"));
            ArrayDeque<SendHandle> underWay = new ArrayDeque<>();
            for (int i = 1; i <= backlog; i++) {
                underWay.add(sender.send(
                        "away",
                        "letter",
                        Letter.write("filler", "away", 1, i, PAYLOAD_BYTES).payload()));
                if (underWay.size() >= 2_000) {
                    underWay.remove().result(PATIENCE);
                }
            }
            underWay.forEach(handle -> handle.result(PATIENCE));
        }
    }
}
