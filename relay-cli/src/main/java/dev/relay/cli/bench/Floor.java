package dev.relay.cli.bench;

import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What this machine does between two processes with a third that only copies bytes, by a small C program that is compiled here. Without a C compiler there is no floor, and the figures have no
 * ratio. A header of 64 bytes is added to each payload, as on the bus.
 */
final class Floor {
    private static final long HEADER_BYTES = 64;
    private static final List<String> COMPILERS = List.of("/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang");

    private final Path dir;
    private final Path program;
    private final long frameBytes;

    private Floor(Path dir, Path program, int payloadBytes) {
        this.dir = dir;
        this.program = program;
        this.frameBytes = HEADER_BYTES + payloadBytes;
    }

    /** Null when no C compiler is installed. */
    static @Nullable Floor build(Path dir, int payloadBytes) {
        for (String compiler : COMPILERS) {
            if (Files.isExecutable(Path.of(compiler))) {
                Path source = dir.resolve("floor.c");
                Path program = dir.resolve("floor");
                copySource(source);
                run(List.of(compiler, "-O2", "-o", program.toString(), source.toString()));
                return new Floor(dir, program, payloadBytes);
            }
        }
        return null;
    }

    private static void copySource(Path to) {
        try (InputStream source = Floor.class.getResourceAsStream("floor.c")) {
            if (source == null) {
                throw new IllegalStateException("floor.c is missing");
            }
            Files.copy(source, to);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + to, e);
        }
    }

    /** Round trips through the relaying process. */
    Map<String, @Nullable Object> roundTrip(long warmUpMs, long ms) {
        return between("echo", "ping", warmUpMs, ms);
    }

    /** Acked frames per second through the relaying process. */
    Map<String, @Nullable Object> flood(int window, long ms) {
        return between("take", "flood", window, ms);
    }

    /** Appending rows to a file and syncing it, as the store does. */
    Map<String, @Nullable Object> sync(int rows, long ms) {
        return Json.object(run(command("sync", dir.resolve("floor.log").toString(), frameBytes, (long) rows, ms)));
    }

    private Map<String, @Nullable Object> between(String passive, String active, long third, long fourth) {
        Path socket = dir.resolve("floor.sock");
        Process relay = start(command("relay", socket.toString()));
        try {
            awaitReady(relay);
            Process other = start(command(passive, socket.toString(), frameBytes));
            awaitReady(other);
            try {
                return Json.object(run(command(active, socket.toString(), frameBytes, third, fourth)));
            } finally {
                other.destroy();
            }
        } finally {
            relay.destroy();
            delete(socket);
        }
    }

    private static void delete(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + socket, e);
        }
    }

    private List<String> command(String role, String path, Object... numbers) {
        List<String> command = new java.util.ArrayList<>(List.of(program.toString(), role, path));
        for (Object number : numbers) {
            command.add(number.toString());
        }
        return command;
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    private static void awaitReady(Process process) {
        try {
            int first = process.getInputStream().read();
            if (first < 0) {
                throw new IllegalStateException("the floor's process ended at once");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the floor's process says nothing", e);
        }
    }

    private static String run(List<String> command) {
        Process process = start(command);
        try {
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("failed: " + command);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException("failed: " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Round trip and flood in one map, empty without a compiler. */
    static Map<String, @Nullable Object> measure(@Nullable Floor floor, int window, long ms) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        if (floor == null) {
            return figures;
        }
        Map<String, @Nullable Object> trip = floor.roundTrip(ms / 4, ms);
        figures.put("p50_us", number(trip, "p50_ns") / 1_000);
        figures.put("p99_us", number(trip, "p99_ns") / 1_000);
        figures.put("per_second", number(floor.flood(window, ms), "per_second"));
        figures.put("sync_1_p50_us", number(floor.sync(1, ms / 2), "p50_ns") / 1_000);
        figures.put("sync_500_p50_us", number(floor.sync(500, ms / 2), "p50_ns") / 1_000);
        return figures;
    }

    static double number(Map<String, ? extends @Nullable Object> figures, String name) {
        return figures.get(name) instanceof Number n ? n.doubleValue() : 0;
    }
}
