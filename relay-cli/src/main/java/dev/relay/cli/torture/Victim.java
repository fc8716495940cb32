package dev.relay.cli.torture;

import dev.relay.cli.ChildOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One child process that gets signals by its pid. What it prints is a {@link ChildOutput}; standard error goes to a file. A line {@code stop} on
 * its standard input, or the end of ours, tells it to end in order.
 */
final class Victim implements AutoCloseable {
    private final String name;
    private final Process process;
    private final ChildOutput output;

    private Victim(String name, Process process) {
        this.name = name;
        this.process = process;
        this.output = ChildOutput.of(name, process);
    }

    static Victim start(String name, List<String> command, Map<String, String> environment, Path log) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            return new Victim(name, builder.start());
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
        return output.lastJson();
    }

    void awaitReady(long timeoutMs) {
        output.awaitReady(timeoutMs);
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
}
