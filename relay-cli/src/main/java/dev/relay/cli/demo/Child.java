package dev.relay.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One child process of the demo. Its standard output is read by a thread of its own: the first line beginning with {@code ready} completes {@link #ready}, and the
 * last JSON line is kept. Standard error goes to a log file. The last line and the file are the only things kept, so nothing grows.
 */
public final class Child implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Thread reader;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private volatile @Nullable String lastJson;

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        this.reader = new Thread(this::read, "read-" + name);
        reader.setDaemon(true);
    }

    public static Child start(String name, List<String> command, Map<String, String> environment, Path logDir) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectInput(
                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.redirectError(ProcessBuilder.Redirect.appendTo(
                    Files.createDirectories(logDir).resolve(name + ".log").toFile()));
            Child child = new Child(name, builder.start());
            child.reader.start();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name + ": " + e.getMessage(), e);
        }
    }

    String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    /** Its exit code, once it has ended. */
    public CompletableFuture<Integer> exit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The {@code ready} line, or an exception naming the child when it ended or took too long. */
    public String awaitReady(long timeoutMs) {
        try {
            return ready.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(name + " was not ready within " + timeoutMs + " ms", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(name + " ended before it was ready; see its log", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The newest JSON object that it printed, or null. */
    public @Nullable String lastJson() {
        return lastJson;
    }

    /** SIGKILL: what the demo does to one agent on the way. */
    void kill() {
        process.destroyForcibly();
    }

    /** SIGTERM, then SIGKILL after the timeout. Returns true when it ended by itself. */
    boolean stop(long timeoutMs) {
        process.destroy();
        try {
            boolean ended = process.waitFor(timeoutMs, TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            reader.join(timeoutMs);
            return ended;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return false;
        }
    }

    @Override
    public void close() {
        stop(5_000);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line);
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IllegalStateException("ended"));
    }

    private void take(String line) {
        if (line.startsWith("ready")) {
            ready.complete(line);
        } else if (line.startsWith("{")) {
            lastJson = line;
        }
    }
}
