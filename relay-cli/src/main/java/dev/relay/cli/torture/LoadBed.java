package dev.relay.cli.torture;

import dev.relay.cli.JavaCommand;
import dev.relay.cli.RemoteJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A daemon of its own for load figures, swarms of idle agents, and what the operating system says of the daemon. One thread. */
final class LoadBed implements AutoCloseable {
    private static final long READY_MS = 60_000;

    private final Path dir;
    private final List<IdleAgents> swarms = new ArrayList<>();
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
        swarms.add(IdleAgents.start(socket(), prefix, count, dir));
    }

    /** A number of the swarms' progress lines, summed. */
    long told(String key) {
        return swarms.stream().mapToLong(swarm -> swarm.told(key)).sum();
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

    /** Of the daemon, after a full collection. */
    long liveHeapBytes() {
        try (RemoteJvm jvm = RemoteJvm.attach(daemon.pid())) {
            return jvm.liveHeapBytes();
        }
    }

    @Override
    public void close() {
        swarms.forEach(IdleAgents::close);
        daemon.close();
    }
}
