package dev.relay.cli.bench;

import dev.relay.cli.torture.Home;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What this machine does between two processes with a third that only copies bytes, by a small C program that is compiled here. Without a C
 * compiler there is no floor, and the figures have no ratio. A header of 64 bytes is added to each payload, as on the bus.
 */
final class Floor {
    private static final long HEADER_BYTES = 64;
    private static final long LONGEST_MS = 2_000;
    private static final List<String> COMPILERS = List.of("/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang");

    private final Path dir;
    private final Path program;

    private Floor(Path dir, Path program) {
        this.dir = dir;
        this.program = program;
    }

    /** Null when no C compiler is installed. */
    static @Nullable Floor build(Path dir) {
        for (String compiler : COMPILERS) {
            if (Files.isExecutable(Path.of(compiler))) {
                Path source = dir.resolve("floor.c");
                Path program = dir.resolve("floor");
                copySource(source);
                run(List.of(compiler, "-O2", "-o", program.toString(), source.toString()));
                return new Floor(dir, program);
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

    /** The ends: this program's own, or, as the bound of agents in Python, as little Python as can be. */
    private List<String> ends(String language) {
        return language.equals("python")
                ? List.of(Home.python(), Home.path("bin/lib/floor_end.py").toString())
                : List.of(program.toString());
    }

    private Map<String, @Nullable Object> between(
            List<String> ends, String passive, String active, long bytes, long third, long fourth) {
        Path socket = dir.resolve("floor.sock");
        Process relay = start(command(List.of(program.toString()), "relay", socket));
        try {
            awaitReady(relay);
            Process other = start(command(ends, passive, socket, bytes));
            awaitReady(other);
            try {
                return Json.object(run(command(ends, active, socket, bytes, third, fourth)));
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

    private static List<String> command(List<String> program, Object... arguments) {
        List<String> command = new ArrayList<>(program);
        for (Object argument : arguments) {
            command.add(argument.toString());
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
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("failed or not done after 60 s: " + command);
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("failed: " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What the same payloads and the same window reach here with nothing promised; empty without a compiler. */
    static Map<String, @Nullable Object> measure(@Nullable Floor floor, Part.Settings how, String language) {
        return floor == null ? new LinkedHashMap<>() : floor.measure(how, language);
    }

    private Map<String, @Nullable Object> measure(Part.Settings how, String language) {
        long ms = Math.min(LONGEST_MS, how.ms());
        long bytes = HEADER_BYTES + how.bytes();
        Map<String, @Nullable Object> trip = between(ends(language), "echo", "ping", bytes, ms / 4, ms);
        Map<String, @Nullable Object> flood =
                between(List.of(program.toString()), "take", "flood", bytes, how.window(), ms);
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("p50_us", number(trip, "p50_ns") / 1_000);
        figures.put("p99_us", number(trip, "p99_ns") / 1_000);
        figures.put("per_second", number(flood, "per_second"));
        figures.put("sync_1_p50_us", syncNs(bytes, 1, ms / 2) / 1_000);
        figures.put("sync_500_p50_us", syncNs(bytes, 500, ms / 2) / 1_000);
        return figures;
    }

    /** Appending rows to a file and syncing it, as the store does. */
    private double syncNs(long bytes, int rows, long ms) {
        List<String> command =
                command(List.of(program.toString()), "sync", dir.resolve("floor.log"), bytes, rows, Math.max(1, ms));
        return number(Json.object(run(command)), "p50_ns");
    }

    static double number(Map<String, ? extends @Nullable Object> figures, String name) {
        return figures.get(name) instanceof Number n ? n.doubleValue() : 0;
    }
}
