package dev.relay.cli;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "class-data",
        hidden = true,
        description =
                "Do once what commands do most, with a daemon in this process and DIR, so that the JVM can archive the classes of it at the exit.")
final class ClassDataCommand implements Callable<Integer> {
    private static final List<String> VERBS = List.of("status", "health", "agents", "queue", "dlq ls");

    @Parameters(paramLabel = "DIR")
    Path dir = Path.of("");

    @Override
    public Integer call() {
        Path socket = dir.resolve("relay.sock");
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")))) {
            for (String verb : VERBS) {
                for (String form : List.of("table", "json")) {
                    String[] args = (verb + " -o " + form + " --socket " + daemon.socket()).split(" ", -1);
                    int exitCode =
                            Main.run(Main.commandLine().setOut(new PrintWriter(new StringWriter())), args, Map.of());
                    if (exitCode != ExitCode.OK) {
                        return exitCode;
                    }
                }
            }
            return ExitCode.OK;
        }
    }
}
