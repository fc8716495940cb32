package dev.relay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What a child process prints, read by a thread of its own: the first line that begins with {@code ready}, and the newest JSON line. Nothing else
 * is kept, so nothing grows. Any thread.
 */
public final class ChildOutput {
    private final String name;
    private final Process process;
    private final Thread reader;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private volatile @Nullable String lastJson;

    private ChildOutput(String name, Process process) {
        this.name = name;
        this.process = process;
        this.reader = new Thread(this::read, "read-" + name);
        reader.setDaemon(true);
    }

    /** Reads from now on, until the process ends. */
    public static ChildOutput of(String name, Process process) {
        ChildOutput output = new ChildOutput(name, process);
        output.reader.start();
        return output;
    }

    /** The {@code ready} line, or an exception naming the child when it ended or took too long. */
    public String awaitReady(long timeoutMs) {
        try {
            return ready.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(name + " was not ready within timeoutMs=" + timeoutMs, e);
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

    /** Waits until all is read that a process printed that has ended. */
    public void awaitEnd(long timeoutMs) throws InterruptedException {
        reader.join(timeoutMs);
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
        ready.completeExceptionally(new IllegalStateException("ended"));
    }
}
