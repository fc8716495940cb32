package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "agents", description = "List agents; agents add NAME creates one before it connects.")
final class AgentsCommand implements Callable<Integer> {
    private static final List<String> COLUMNS =
            List.of("name", "connected", "suspect", "lanes", "queued", "unacked", "dead", "pid", "client");

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (Relay relay = bus.open()) {
            output.open()
                    .rows(COLUMNS, Rows.of(relay.control("agents", Map.of()).get("agents")));
            return ExitCode.OK;
        }
    }

    @Command(name = "add", description = "Create a name, so that messages can be sent to it before it first connects.")
    int add(@Parameters(paramLabel = "NAME") String name, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        try (Relay relay = bus.open()) {
            output.open().object(relay.control("agents.add", Map.of("name", name)));
            return ExitCode.OK;
        }
    }
}
