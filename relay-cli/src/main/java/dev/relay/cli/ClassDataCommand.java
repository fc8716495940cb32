package dev.relay.cli;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.sidecar.redis.RedisServerChild;
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
    private static final List<String> ON_THE_BUS = List.of("status", "health", "agents", "queue", "dlq ls");
    private static final List<String> IN_REDIS = List.of("orders", "positions", "state", "book show BTC-USDT");

    @Parameters(paramLabel = "DIR")
    Path dir = Path.of("");

    @Override
    public Integer call() {
        RedisServerChild redis = new RedisServerChild(dir);
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")))) {
            redis.ensureRunning();
            ON_THE_BUS.forEach(verb -> run(verb + " --socket " + daemon.socket()));
            IN_REDIS.forEach(verb -> run(verb + " --redis unix:" + dir.resolve("redis.sock")));
            return ExitCode.OK;
        } finally {
            redis.close();
        }
    }

    /** What it says does not matter, only which classes that takes. */
    private static void run(String verb) {
        for (String form : List.of("table", "json")) {
            String[] args = (verb + " -o " + form).split(" ", -1);
            PrintWriter nowhere = new PrintWriter(new StringWriter());
            int unused = Main.run(Main.commandLine(args).setOut(nowhere).setErr(nowhere), args, Map.of());
        }
    }
}
