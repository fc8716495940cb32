package dev.relay.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "agents",
        addMethodSubcommands = false,
        description = "List agents; agents add NAME creates one before it connects.")
final class AgentsCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of(
            "namespace",
            "name",
            "connected",
            "suspect",
            "health",
            "breaker",
            "handler_p99_us",
            "lanes",
            "queued",
            "unacked",
            "dead",
            "pid",
            "client");

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private ViewOptions output = new ViewOptions();

    @Override
    public Integer call() {
        return bus.rows(output, COLUMNS, relay -> Rows.agents(relay, Integer.MAX_VALUE));
    }

    @Command(name = "add", description = "Create a name, so that messages can be sent to it before it first connects.")
    int add(
            @Parameters(
                            paramLabel = "NAME",
                            description = "Lower-case letters, digits, dot, dash, underscore; at most 64.")
                    String name,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return bus.object(output, relay -> relay.control("agents.add", Map.of("name", name)));
    }
}
