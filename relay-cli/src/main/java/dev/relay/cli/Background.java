package dev.relay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A part that outlives this command: in a session of its own where {@code setsid} is there, so that closing the terminal does not end it.
 * What it prints goes to PART.out in the run directory, what it logs to PART.log.
 */
final class Background {
    /** Paper orders at the local exchange need some key; it is no secret, the exchange takes any. */
    private static final Map<String, String> PAPER_KEY =
            Map.of("RELAY_API_KEY", "relay-demo-key", "RELAY_API_SECRET", "relay-demo-secret");

    private static final long LOOK_NS = 20_000_000;
    private final String part;
    private final Path out;
    private final Path log;
    private final ProcessHandle handle;

    private Background(String part, Path out, Path log, ProcessHandle handle) {
        this.part = part;
        this.out = out;
        this.log = log;
        this.handle = handle;
    }

    static Background start(Path runDir, String part, List<String> command) throws IOException {
        Path out = runDir.resolve(part + ".out");
        Path log = runDir.resolve(part + ".log");
        Files.deleteIfExists(out);
        List<String> all = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            all.add("/usr/bin/setsid");
        }
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all);
        PAPER_KEY.forEach(builder.environment()::putIfAbsent);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectOutput(out.toFile());
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new Background(part, out, log, builder.start().toHandle());
    }

    ProcessHandle handle() {
        return handle;
    }

    /** The fields of its ready line. A part that is not ready in time is ended again. */
    Map<String, String> awaitReady(Duration timeout) throws IOException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (System.nanoTime() < deadlineNs) {
            for (String line : Files.exists(out) ? Files.readAllLines(out) : List.<String>of()) {
                if (line.startsWith("ready ")) {
                    return ReadyLine.parse(line);
                }
            }
            if (!handle.isAlive()) {
                throw new CliException(ExitCode.FAILED, part + " ended before it was ready: " + lastLine());
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        handle.destroy();
        throw new CliException(
                ExitCode.TIMEOUT, part + " was not ready within " + timeout.toSeconds() + " s; see " + log);
    }

    private String lastLine() throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        return lines.isEmpty() ? "it said nothing" : Plain.line(lines.get(lines.size() - 1)) + " (" + log + ")";
    }
}
