package dev.relay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description =
                "Start the daemon, with --sidecar also the local exchange and the sidecar, in the background, and wait until they are ready. What runs already is left as it is.")
final class UpCommand implements Callable<Integer> {
    static final String DAEMON = "daemon";
    static final String EXCHANGE = "exchange";
    static final String SIDECAR = "sidecar";
    /** In the order in which they are started. */
    static final List<String> PARTS = List.of(DAEMON, EXCHANGE, SIDECAR);

    private static final List<String> COLUMNS = List.of("part", "state", "pid", "socket", "admin", "rest", "redis");

    @Option(names = "--run-dir", description = "Sockets, pid files, logs; default: the user's run directory.")
    @Nullable
    Path runDir;

    @Option(names = "--data-dir", description = "Parent of the parts' data; default: the parts' own directories.")
    @Nullable
    Path dataDir;

    @Option(
            names = "--admin-port",
            defaultValue = "0",
            description = "Console, health and metrics; 0 (default) picks one.")
    int adminPort;

    @Option(names = "--sidecar", description = "The sidecar too, with paper orders at the local exchange.")
    boolean isWithSidecar;

    @Option(
            names = "--symbols",
            defaultValue = "BTC-USDT,ETH-USDT,SOL-USDT",
            description = "Books of the sidecar; default: ${DEFAULT-VALUE}.")
    String symbols = "";

    @Option(names = "--config", description = "Configuration file of every part.")
    @Nullable
    Path config;

    @Option(
            names = "--timeout",
            defaultValue = "30s",
            description = "How long each part may take to get ready; default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofSeconds(30);

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        Path run = (runDir == null ? RunDir.standard() : runDir).toAbsolutePath();
        createPrivate(run);
        List<Map<String, Object>> rows = new ArrayList<>();
        rows.add(part(run, DAEMON, daemon(run)));
        if (isWithSidecar) {
            Map<String, Object> exchange = part(run, EXCHANGE, exchange());
            rows.add(exchange);
            rows.add(part(run, SIDECAR, sidecar(run, exchange)));
        }
        output.open().rows(COLUMNS, rows);
        return ExitCode.OK;
    }

    private static void createPrivate(Path run) throws IOException {
        if (!Files.isDirectory(run)) {
            Files.createDirectories(
                    run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** One part: as it runs, or started now. */
    private Map<String, Object> part(Path run, String part, List<String> arguments) throws IOException {
        Optional<PidFile> running =
                PidFile.read(run, part).filter(file -> file.process().isPresent());
        PidFile file = running.isPresent() ? running.get() : start(run, part, arguments);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("part", part);
        row.put("state", running.isPresent() ? "was running" : "ready");
        row.put("pid", file.pid());
        file.ready().forEach((key, value) -> {
            if (!key.equals("component")) {
                row.put(key, value);
            }
        });
        return row;
    }

    private PidFile start(Path run, String part, List<String> arguments) throws IOException {
        System.err.println("relay: starting " + part);
        List<String> all = new ArrayList<>(arguments);
        if (config != null) {
            all.add("--config");
            all.add(config.toAbsolutePath().toString());
        }
        Background process = Background.start(run, part, JavaCommand.relay(all));
        PidFile file = PidFile.of(part, process.handle(), process.awaitReady(timeout));
        file.write(run);
        return file;
    }

    private List<String> daemon(Path run) {
        List<String> arguments = new ArrayList<>(List.of(
                DAEMON, "--socket", run.resolve("relay.sock").toString(), "--admin-port", Integer.toString(adminPort)));
        dataDir(arguments, DAEMON);
        return arguments;
    }

    private List<String> exchange() {
        List<String> arguments = new ArrayList<>(List.of(EXCHANGE, "--symbols", symbols.replace("-", "")));
        dataDir(arguments, EXCHANGE);
        return arguments;
    }

    private List<String> sidecar(Path run, Map<String, Object> exchange) {
        List<String> arguments = new ArrayList<>(List.of(SIDECAR, "--symbols", symbols));
        arguments.addAll(List.of("--rest", String.valueOf(exchange.get("rest"))));
        arguments.addAll(List.of("--streams", String.valueOf(exchange.get("streams"))));
        arguments.addAll(List.of("--ws-api", String.valueOf(exchange.get("ws_api"))));
        arguments.addAll(List.of("--socket", run.resolve("relay.sock").toString()));
        arguments.addAll(List.of("--run-dir", run.toString(), "--admin-port", "0"));
        dataDir(arguments, SIDECAR);
        return arguments;
    }

    private void dataDir(List<String> arguments, String part) {
        if (dataDir != null) {
            arguments.add("--data-dir");
            arguments.add(dataDir.toAbsolutePath().resolve(part).toString());
        }
    }
}
