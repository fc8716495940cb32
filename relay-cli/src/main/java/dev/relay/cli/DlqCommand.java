package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "dlq", description = "The dead-letter queue.")
final class DlqCommand {
    private static final List<String> COLUMNS =
            List.of("no", "sender", "target", "kind", "reason", "attempts", "error", "bytes", "id");

    @Command(name = "ls", description = "List dead letters, oldest first.")
    int ls(
            @Option(names = "--limit", defaultValue = "100") int limit,
            @Option(names = "--after", defaultValue = "0", description = "Only numbers above this.") long after,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        try (Relay relay = bus.open()) {
            Map<String, ?> answer = relay.control("dlq.ls", Map.of("limit", limit, "after", after));
            output.open().rows(COLUMNS, Rows.of(answer.get("dead_letters")));
            return ExitCode.OK;
        }
    }

    @Command(name = "show", description = "Print one dead letter with its payload in base64.")
    int show(@Parameters(paramLabel = "NO") long no, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        return one("dlq.show", no, bus, output);
    }

    @Command(name = "redrive", description = "Send a dead letter again.")
    int redrive(@Parameters(paramLabel = "NO") long no, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        return one("dlq.redrive", no, bus, output);
    }

    @Command(name = "drop", description = "Delete a dead letter.")
    int drop(@Parameters(paramLabel = "NO") long no, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        return one("dlq.drop", no, bus, output);
    }

    private static int one(String op, long no, BusOptions bus, OutputOptions output) {
        try (Relay relay = bus.open()) {
            output.open().object(relay.control(op, Map.of("no", no)));
            return ExitCode.OK;
        }
    }
}
