package dev.relay.client.testing;

import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import dev.relay.client.RelayException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A real daemon as a child process, on a socket and data directory of its own that {@link #close} removes. The command is the system property
 * {@code relay.bin}, else the environment's {@code RELAY_BIN}, else {@code bin/relay} below the working directory.
 */
public final class LocalRelay implements AutoCloseable {
    private static final long READY_TIMEOUT_MS = 20_000;
    private static final long STOP_TIMEOUT_MS = 6_000;

    private final Path directory;
    private final Path socket;
    private final Process process;

    private LocalRelay(Path directory, Path socket, Process process) {
        this.directory = directory;
        this.socket = socket;
        this.process = process;
    }

    /** Starts the daemon and waits for its ready line. */
    public static LocalRelay start() {
        try {
            Path directory = Files.createTempDirectory("relay");
            Path socket = directory.resolve("relay.sock");
            Process process = new ProcessBuilder(
                            command(),
                            "daemon",
                            "--socket",
                            socket.toString(),
                            "--data-dir",
                            directory.resolve("data").toString(),
                            "--admin-port",
                            "0")
                    .redirectErrorStream(true)
                    .start();
            LocalRelay relay = new LocalRelay(directory, socket, process);
            relay.awaitReady();
            return relay;
        } catch (IOException e) {
            throw new RelayException(
                    "NOT_CONNECTED",
                    "cannot start the daemon: " + e.getMessage() + ". Set RELAY_BIN to the relay command.");
        }
    }

    private static String command() {
        String property = System.getProperty("relay.bin");
        String fromEnv = System.getenv("RELAY_BIN");
        if (property != null) {
            return property;
        }
        return fromEnv != null ? fromEnv : "bin/relay";
    }

    private void awaitReady() {
        CompletableFuture<String> ready = new CompletableFuture<>();
        Thread reader = new Thread(() -> readOutput(ready), "local-relay-output");
        reader.setDaemon(true);
        reader.start();
        try {
            ready.get(READY_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new RelayException("NOT_CONNECTED", "the daemon did not become ready: " + e.getMessage());
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new RelayException("NOT_CONNECTED", "interrupted while the daemon started");
        }
    }

    private void readOutput(CompletableFuture<String> ready) {
        StringBuilder before = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith("ready")) {
                    ready.complete(line);
                } else if (!ready.isDone()) {
                    before.append(line).append('\n');
                }
            }
        } catch (IOException e) {
            before.append(e.getMessage());
        }
        ready.completeExceptionally(new IllegalStateException("it ended first; its output:\n" + before));
    }

    public Path socket() {
        return socket;
    }

    /** A builder for an agent of this daemon. */
    public RelayBuilder agent(String name) {
        return Relay.builder(name).socket(socket);
    }

    /** The daemon's process, for tests that kill it. */
    public ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
