package dev.relay.cli.demo;

import dev.relay.cli.ChildOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One child process of the demo: what it prints is a {@link ChildOutput}, standard error goes to a log file. */
public final class Child implements AutoCloseable {
    private final String name;
    private final Process process;
    private final ChildOutput output;

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        this.output = ChildOutput.of(name, process);
    }

    public static Child start(String name, List<String> command, Map<String, String> environment, Path logDir) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectInput(
                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.redirectError(ProcessBuilder.Redirect.appendTo(
                    Files.createDirectories(logDir).resolve(name + ".log").toFile()));
            return new Child(name, builder.start());
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
        return output.awaitReady(timeoutMs);
    }

    /** The newest JSON object that it printed, or null. */
    public @Nullable String lastJson() {
        return output.lastJson();
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
            output.awaitEnd(timeoutMs);
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
}
