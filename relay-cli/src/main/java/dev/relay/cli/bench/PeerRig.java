package dev.relay.cli.bench;

import dev.relay.cli.CliException;
import dev.relay.cli.ExitCode;
import dev.relay.cli.demo.Child;
import dev.relay.cli.torture.Home;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A server of another system in a directory of its own, and a recipient and a sender of the same work as ours, each a process; all ended by
 * their handles. One thread.
 */
final class PeerRig implements AutoCloseable {
    private static final long READY_MS = 60_000;
    private static final long PATIENCE_MS = 60_000;

    private final PeerSystem peer;
    private final Path dir;
    private final int port = freePort();
    private final Map<String, Child> children = new LinkedHashMap<>();

    private PeerRig(PeerSystem peer, Path binary) throws IOException {
        this.peer = peer;
        this.dir = Files.createTempDirectory("relay-peer");
        int names = freePort();
        Map<String, String> environment = peer.environment(dir, port, freePort(), names);
        if (peer == PeerSystem.RABBITMQ) {
            children.put("names", Child.start("names", List.of("epmd", "-port", String.valueOf(names)), Map.of(), dir));
        }
        children.put("server", Child.start("server", peer.server(binary, dir, port), environment, dir));
        awaitPort();
    }

    static PeerRig open(PeerSystem peer) throws IOException {
        return new PeerRig(peer, binary(peer));
    }

    /** Its server's program; refused when that, or the client, is not there. */
    static Path binary(PeerSystem peer) {
        String unused = classPath();
        return peer.installed()
                .orElseThrow(() -> new CliException(
                        ExitCode.NOT_FOUND,
                        peer.program() + " is not installed; on Debian: apt-get install " + peer.program()));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "no free port: " + e.getMessage());
        }
    }

    private void awaitPort() {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_MS);
        while (!answers()) {
            if (System.nanoTime() - deadlineNs > 0) {
                close();
                throw new CliException(
                        ExitCode.UNREACHABLE,
                        peer.program() + " did not serve within " + READY_MS + " ms; its log is in " + dir);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** One part, warmed up and measured, with what each process used meanwhile. */
    Map<String, @Nullable Object> measure(Part part, Part.Settings how) {
        Child to = start("to", part, how);
        to.awaitReady(READY_MS);
        Child from = start("from", part, how);
        from.awaitReady(READY_MS);
        await(from, how.warmUpMs(), "measuring", "count");
        Map<String, ProcessUsage> before = usage();
        Map<String, @Nullable Object> figures = new LinkedHashMap<>(await(from, how.ms(), "count"));
        double count = Math.max(1, Floor.number(figures, "count"));
        usage().forEach((child, after) -> {
            ProcessUsage used = after.minus(before.getOrDefault(child, after));
            figures.put(child + "_cpu_us_per_message", Rig.round(used.cpuNs() / 1_000.0 / count));
            figures.put(child + "_rss_mb", used.residentKb() / 1_024);
        });
        return figures;
    }

    private Child start(String role, Part part, Part.Settings how) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                "dev.relay.benchmarks.peer.PeerEnd"));
        command.addAll(List.of(
                "peer=" + peer.lower(),
                "role=" + role,
                "address=" + peer.address(port),
                "mode=" + part.lower(),
                "bytes=" + how.bytes(),
                "window=" + how.window(),
                "warm_up_ms=" + how.warmUpMs(),
                "ms=" + how.ms()));
        Child child = Child.start(role, command, Map.of(), dir);
        children.put(role, child);
        return child;
    }

    /** The clients of other systems are no part of Relay: they are only where its benchmarks were built. */
    private static String classPath() {
        try {
            return Home.path("benchmarks/target/classes") + ":" + Home.path("benchmarks/target/lib") + "/*";
        } catch (IllegalStateException e) {
            throw new CliException(
                    ExitCode.NOT_FOUND,
                    "clients of other systems are built with the sources: ./mvnw -q -Dfast -DskipTests package");
        }
    }

    /** The first line of the sender that has one of these keys. */
    private Map<String, @Nullable Object> await(Child from, long ms, String... keys) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms + PATIENCE_MS);
        while (System.nanoTime() - deadlineNs < 0) {
            String line = from.lastJson();
            if (line != null && Arrays.stream(keys).anyMatch(key -> line.contains("\"" + key + "\""))) {
                return Json.object(line);
            }
            if (line == null && !from.isAlive()) {
                break;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        throw new CliException(ExitCode.FAILED, peer.lower() + " did not end its run; logs are in " + dir);
    }

    private Map<String, ProcessUsage> usage() {
        Map<String, ProcessUsage> usage = new LinkedHashMap<>();
        children.forEach((role, child) -> usage.put(role, ProcessUsage.of(child.pid())));
        return usage;
    }

    @Override
    public void close() {
        List<Child> all = new ArrayList<>(children.values());
        for (int i = all.size() - 1; i >= 0; i--) {
            List<ProcessHandle> below = ProcessHandle.of(all.get(i).pid()).stream()
                    .flatMap(ProcessHandle::descendants)
                    .toList();
            all.get(i).close();
            below.forEach(ProcessHandle::destroy);
        }
    }
}
