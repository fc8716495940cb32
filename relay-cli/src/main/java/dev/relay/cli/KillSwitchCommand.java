package dev.relay.cli;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderRequests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Stops all new orders. {@code on} writes the kill file first, which needs neither daemon nor Redis, then asks over the bus for the confirmation and the orders in
 * flight; {@code off} takes both back.
 */
@Command(name = "kill-switch", description = "Stop or allow new orders: on, off or status.")
final class KillSwitchCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    /** What to do. */
    enum Action {
        on,
        off,
        status
    }

    @Parameters(paramLabel = "on|off|status")
    Action action = Action.status;

    @Option(names = "--reason", defaultValue = "operator", description = "Goes into the journal.")
    String reason = "operator";

    @Option(names = "--data-dir", description = "The sidecar's data directory, for the kill file.")
    @Nullable
    Path dataDir;

    @Option(names = "--yes", description = "Needed by off: trading goes on.")
    boolean isSure;

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    boolean isDryRun;

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        if (isDryRun && action != Action.status) {
            return dryRun();
        }
        return switch (action) {
            case on -> on();
            case off -> off();
            case status -> ask(OrderRequests.LIMITS, Map.of());
        };
    }

    private Integer dryRun() {
        Map<String, Object> plan = new LinkedHashMap<>();
        plan.put("would_switch", action.name());
        plan.put("file", file().toString());
        plan.put("file_exists", Files.exists(file()));
        output.open().object(plan);
        return ExitCode.OK;
    }

    private Integer on() throws IOException {
        Path file = file();
        if (Files.isDirectory(dir())) {
            Files.writeString(file, reason + "\n");
        }
        try {
            return ask(OrderRequests.KILL, Map.of("reason", reason));
        } catch (CliException | RelayException e) {
            if (!Files.exists(file)) {
                throw e;
            }
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("ok", true);
            answer.put("result", "killed by file");
            answer.put("file", file.toString());
            answer.put("confirmed", false);
            answer.put("bus", String.valueOf(e.getMessage()));
            output.open().object(answer);
            return ExitCode.OK;
        }
    }

    private Integer off() throws IOException {
        if (!isSure) {
            throw new CliException(ExitCode.USAGE, "off lets orders be placed again; say --yes if that is meant");
        }
        Files.deleteIfExists(file());
        return ask(OrderRequests.RELEASE, Map.of("reason", reason));
    }

    private Integer ask(String kind, Map<String, Object> body) {
        try (Relay relay = bus.open()) {
            Map<String, ?> answer =
                    relay.request("sidecar", kind, body, TIMEOUT).json();
            output.open().object(answer);
            return Boolean.TRUE.equals(answer.get("ok")) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private Path file() {
        return dir().resolve(OrderConfig.KILL_FILE);
    }

    private Path dir() {
        return dataDir == null ? SidecarCommand.standardDataDir() : dataDir;
    }
}
