package dev.relay.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description =
                "Look at everything that Relay needs on this machine and say what to do; exit code 6 when something would keep it from working.")
final class DoctorCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("check", "verdict", "found", "what_to_do");

    @Option(names = "--socket", description = "The daemon's socket; default: RELAY_SOCKET, else the run directory.")
    @Nullable
    Path socket;

    @Option(names = "--data-dir", description = "Directory of the daemon's store; default: the daemon's own.")
    @Nullable
    Path dataDir;

    @Option(names = "--run-dir", description = "The sidecar's run directory.")
    @Nullable
    Path runDir;

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() {
        Path run = runDir == null ? RunDir.standard() : runDir;
        List<Diagnosis> found = new Doctor(socket, dataDir, run).examine();
        List<Map<String, Object>> rows = found.stream().map(Diagnosis::row).toList();
        Output out = view.open();
        if (out.isJson()) {
            out.rows(COLUMNS, rows);
        } else {
            out.rows(List.of("check", "verdict", "found"), rows);
            found.stream()
                    .filter(d -> d.verdict() != Diagnosis.Verdict.ok)
                    .forEach(d -> System.err.println(d.check() + ": " + d.whatToDo()));
        }
        return found.stream().anyMatch(d -> d.verdict() == Diagnosis.Verdict.bad) ? ExitCode.UNHEALTHY : ExitCode.OK;
    }
}
