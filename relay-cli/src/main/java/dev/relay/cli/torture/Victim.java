package dev.relay.cli.torture;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One child process that gets signals by its pid. Its standard output is read by a thread of its own, which keeps the ready line and the last JSON line; standard
 * error goes to a file. A line {@code stop} on its standard input, or the end of ours, tells it to end in order.
 */
final class Victim implements AutoCloseable {
    private final String name;
    private final Process process;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private volatile @Nullable String lastJson;

    private Victim(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    static Victim start(String name, List<String> command, Map<String, String> environment, Path log) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            Victim victim = new Victim(name, builder.start());
            Thread reader = new Thread(victim::read, "read-" + name);
            reader.setDaemon(true);
            reader.start();
            return victim;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name, e);
        }
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Processor time so far: what a start costs, whatever else the machine does. */
    long cpuMs() {
        return process.toHandle()
                .info()
                .totalCpuDuration()
                .map(Duration::toMillis)
                .orElse(0L);
    }

    @Nullable
    String lastJson() {
        return lastJson;
    }

    void awaitReady(long timeoutMs) {
        try {
            ready.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(name + " was not ready within timeoutMs=" + timeoutMs, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(name + " ended before it was ready; see its log", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** SIGKILL; returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd(10_000);
    }

    /** Any signal by name, such as STOP or CONT. */
    void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill -" + signal + " " + name + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    void tellToStop() {
        try {
            BufferedWriter in = process.outputWriter(StandardCharsets.UTF_8);
            in.write("stop\n");
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not listen", e);
        }
    }

    /** Its exit code, or -1 when it still runs. */
    int awaitEnd(long timeoutMs) {
        try {
            return process.waitFor(timeoutMs, TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** SIGTERM, then SIGKILL when that did not help. */
    @Override
    public void close() {
        process.destroy();
        if (awaitEnd(10_000) < 0) {
            kill();
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted", e);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ready")) {
                    ready.complete(line);
                } else if (line.startsWith("{")) {
                    lastJson = line;
                }
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IllegalStateException(name + " ended"));
    }
}
