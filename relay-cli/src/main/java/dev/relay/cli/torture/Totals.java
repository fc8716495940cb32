package dev.relay.cli.torture;

import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rounds of a directory, over any number of sittings: one line per round in {@code rounds.jsonl}, summed. Only rounds whose verdict is
 * {@code ok} add to the counts; the others are listed.
 */
final class Totals {
    private final Path file;
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, Long> verdicts = new TreeMap<>();
    private final List<Long> readyMs = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();

    Totals(Path dir) {
        this.file = dir.resolve("rounds.jsonl");
        try {
            Files.createDirectories(dir);
            if (Files.exists(file)) {
                Files.readAllLines(file).forEach(line -> sum(Json.object(line)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use dir=" + dir, e);
        }
    }

    void add(Map<String, @Nullable Object> round) {
        try {
            Files.writeString(file, Json.write(round) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sum(round);
    }

    private void sum(Map<String, @Nullable Object> round) {
        String verdict = String.valueOf(round.get("verdict"));
        verdicts.merge(verdict, 1L, Long::sum);
        if (!verdict.equals("ok")) {
            failed.add(round.get("dir") + " seed=" + round.get("seed") + " " + verdict + " " + round.get("why") + " "
                    + round.get("violations"));
            return;
        }
        if (round.get("counts") instanceof Map<?, ?> some) {
            some.forEach((key, n) -> counts.merge(String.valueOf(key), n instanceof Long l ? l : 0L, Long::sum));
        }
        if (round.get("ready_ms") instanceof List<?> times) {
            times.forEach(t -> readyMs.add(t instanceof Long l ? l : 0L));
        }
    }

    long rounds() {
        return verdicts.values().stream().mapToLong(n -> n).sum();
    }

    long count(String key) {
        return counts.getOrDefault(key, 0L);
    }

    boolean isGreen() {
        return rounds() > 0 && failed.isEmpty();
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("verdict", isGreen() ? "ok" : "failed");
        json.put("rounds", verdicts);
        json.put("counts", counts);
        Collections.sort(readyMs);
        if (!readyMs.isEmpty()) {
            json.put("daemon_ready_ms_median", readyMs.get(readyMs.size() / 2));
            json.put("daemon_ready_ms_p99", readyMs.get(readyMs.size() * 99 / 100));
            json.put("daemon_ready_ms_max", readyMs.get(readyMs.size() - 1));
        }
        json.put("failed", failed);
        return json;
    }
}
