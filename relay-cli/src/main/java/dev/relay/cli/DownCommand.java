package dev.relay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "down",
        description =
                "End what relay up started, in the opposite order: exactly those processes, known by pid and start time, and each gets time to store what it has.")
final class DownCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("part", "pid", "state");

    @Option(names = "--run-dir", description = "As given to relay up.")
    @Nullable
    Path runDir;

    @Option(
            names = "--timeout",
            defaultValue = "15s",
            description = "How long each part may take to end; default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofSeconds(15);

    @Option(names = "--kill", description = "End with SIGKILL what has not ended in time.")
    boolean isKilling;

    @Option(names = "--dry-run", description = "Say what would be ended, and do nothing.")
    boolean isDryRun;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        Path run = runDir == null ? RunDir.standard() : runDir;
        List<String> newestFirst = new ArrayList<>(UpCommand.PARTS);
        Collections.reverse(newestFirst);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String part : newestFirst) {
            Optional<PidFile> file = PidFile.read(run, part);
            if (file.isPresent()) {
                rows.add(row(file.get(), end(run, file.get())));
            }
        }
        output.open().rows(COLUMNS, rows);
        return rows.stream().anyMatch(row -> "runs on".equals(row.get("state"))) ? ExitCode.TIMEOUT : ExitCode.OK;
    }

    private String end(Path run, PidFile file) throws IOException {
        Optional<ProcessHandle> process = file.process();
        if (isDryRun) {
            return process.isPresent() ? "would be ended" : "has ended already";
        }
        if (process.isPresent()) {
            process.get().destroy();
            if (!hasEnded(process.get())) {
                if (!isKilling) {
                    return "runs on";
                }
                process.get().destroyForcibly();
            }
        }
        Files.deleteIfExists(PidFile.in(run, file.part()));
        return process.isPresent() ? "ended" : "has ended already";
    }

    private boolean hasEnded(ProcessHandle process) {
        try {
            process.onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Map<String, Object> row(PidFile file, String state) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("part", file.part());
        row.put("pid", file.pid());
        row.put("state", state);
        return row;
    }
}
