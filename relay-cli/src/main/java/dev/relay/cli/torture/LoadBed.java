package dev.relay.cli.torture;

import dev.relay.cli.JavaCommand;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A daemon of its own for load figures, swarms of idle agents, and what the operating system says of the daemon. One thread. */
final class LoadBed implements AutoCloseable {
    private static final long READY_MS = 60_000;
    private static final Pattern USED = Pattern.compile("(?:generation|heap)\\s+total \\d+K, used (\\d+)K");

    private final Path dir;
    private final List<Victim> swarms = new ArrayList<>();
    private Victim daemon;

    LoadBed(Path dir) {
        this.dir = dir;
        this.daemon = startDaemon();
        daemon.awaitReady(READY_MS);
    }

    Path socket() {
        return dir.resolve("relay.sock");
    }

    private Victim startDaemon() {
        List<String> arguments = List.of(
                "daemon",
                "--socket",
                socket().toString(),
                "--data-dir",
                dir.resolve("data").toString());
        List<String> command = new ArrayList<>(JavaCommand.relay(arguments));
        command.addAll(1, List.of("-Xms64m", "-Xmx1g"));
        return Victim.start("daemon", command, Map.of(), dir.resolve("daemon.log"));
    }

    /** SIGKILL and a new start on the same store; returns the time to its ready line. */
    long crashDaemon() {
        daemon.kill();
        long startNs = System.nanoTime();
        daemon = startDaemon();
        daemon.awaitReady(READY_MS);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    /** Processor time that the daemon has used since its start. */
    long daemonCpuMs() {
        return daemon.cpuMs();
    }

    /** Starts a process with so many idle agents. */
    void swarm(String prefix, int count) {
        List<String> command = new ArrayList<>(JavaCommand.main(
                Swarm.class.getName(), List.of("socket=" + socket(), "prefix=" + prefix, "count=" + count)));
        command.addAll(1, List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
        Victim swarm = Victim.start(prefix, command, Map.of(), dir.resolve(prefix + ".log"));
        swarms.add(swarm);
        swarm.awaitReady(READY_MS);
    }

    /** A number of the swarms' progress lines, summed. */
    long told(String key) {
        return swarms.stream().mapToLong(swarm -> number(swarm, key)).sum();
    }

    private static long number(Victim swarm, String key) {
        String json = swarm.lastJson();
        return json != null && Json.object(json).get(key) instanceof Long n ? n : 0;
    }

    /** Milliseconds until the condition held, or -1. */
    static long within(long timeoutMs, BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
                return -1;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    /** Resident bytes of the daemon. */
    long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(daemon.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes of live objects on the daemon's heap, after a full collection. */
    long liveHeapBytes() {
        jcmd("GC.run");
        Matcher used = USED.matcher(jcmd("GC.heap_info"));
        long bytes = 0;
        while (used.find()) {
            bytes += Long.parseLong(used.group(1)) << 10;
        }
        return bytes;
    }

    private String jcmd(String command) {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(daemon.pid()),
                            command)
                    .redirectErrorStream(true)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("needs the jcmd of a JDK", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    @Override
    public void close() {
        swarms.forEach(Victim::kill);
        daemon.close();
    }
}
