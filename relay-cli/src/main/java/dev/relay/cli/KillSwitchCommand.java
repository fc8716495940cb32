package dev.relay.cli;

import dev.relay.client.RelayException;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderRequests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Stops all new orders. {@code on} writes the kill file first, which needs neither daemon nor Redis, then asks over the bus for the
 * confirmation and the orders in flight; {@code off} takes both back.
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

    @Parameters(paramLabel = "on|off|status", description = "on: no new orders; off: they are taken again.")
    Action action = Action.status;

    @Option(names = "--reason", defaultValue = "operator", description = "Goes into the journal.")
    String reason = "operator";

    @Option(
            names = "--data-dir",
            description =
                    "The sidecar's data directory, for the kill file; default: that of the sidecar beside the socket.")
    @Nullable
    Path dataDir;

    @Mixin
    private Consent consent = new Consent();

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        return switch (action) {
            case on -> consent.act(false, output.open(), plan(), this::on);
            case off -> consent.act(output.open(), plan(), this::off);
            case status -> ask(OrderRequests.LIMITS, Map.of());
        };
    }

    private Map<String, Object> plan() {
        Map<String, Object> plan = new LinkedHashMap<>();
        plan.put("would_switch", action.name());
        plan.put("file", file().toString());
        plan.put("file_exists", Files.exists(file()));
        return plan;
    }

    private int on() {
        Path file = file();
        writeReason(file);
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

    private void writeReason(Path file) {
        if (Files.isDirectory(dir())) {
            try {
                Files.writeString(file, reason + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private int off() {
        try {
            Files.deleteIfExists(file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ask(OrderRequests.RELEASE, Map.of("reason", reason));
    }

    private int ask(String kind, Map<String, Object> body) {
        Map<String, ?> answer =
                bus.with(relay -> relay.request("sidecar", kind, body, TIMEOUT).json());
        output.open().object(answer);
        return Boolean.TRUE.equals(answer.get("ok")) ? ExitCode.OK : ExitCode.FAILED;
    }

    private Path file() {
        return dir().resolve(OrderConfig.KILL_FILE);
    }

    private Path dir() {
        return SidecarDir.find(dataDir, Objects.requireNonNullElse(bus.path().getParent(), Path.of("")));
    }
}
