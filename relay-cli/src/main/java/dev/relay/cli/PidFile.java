package dev.relay.cli;

import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which process {@code relay up} started for a part: its pid and the moment it began, because a pid alone is given to another process one day.
 *
 * @param startedAtMs by the kernel
 * @param ready what the part said when it served
 */
record PidFile(String part, long pid, long startedAtMs, Map<String, String> ready) {
    static Path in(Path runDir, String part) {
        return runDir.resolve(part + ".pid");
    }

    static PidFile of(String part, ProcessHandle process, Map<String, String> ready) {
        return new PidFile(part, process.pid(), startOf(process), ready);
    }

    /** What stands there, if it can be read. */
    static Optional<PidFile> read(Path runDir, String part) {
        try {
            Map<String, ?> json = Json.object(Files.readString(in(runDir, part)));
            if (json.get("pid") instanceof Long pid && json.get("started_at_ms") instanceof Long startedAtMs) {
                Map<String, String> ready = new LinkedHashMap<>();
                if (json.get("ready") instanceof Map<?, ?> fields) {
                    fields.forEach((key, value) -> ready.put(String.valueOf(key), String.valueOf(value)));
                }
                return Optional.of(new PidFile(part, pid, startedAtMs, ready));
            }
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JsonException e) {
            throw new CliException(ExitCode.FAILED, in(runDir, part) + " cannot be read: " + e.getMessage());
        }
    }

    void write(Path runDir) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pid", pid);
        json.put("started_at_ms", startedAtMs);
        json.put("ready", ready);
        Files.writeString(in(runDir, part), Json.write(json) + "\n");
    }

    /** The very process, while it runs. */
    Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid).filter(p -> p.isAlive() && startOf(p) == startedAtMs);
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
