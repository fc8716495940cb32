package dev.relay.cli;

import dev.relay.client.Relay;
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
        return bus.rows(output, COLUMNS, AgentsCommand::all);
    }

    /** Of all namespaces for an operator, else of our own. */
    private static List<Map<?, ?>> all(Relay relay) {
        return Rows.pages(relay, "agents", Map.of("namespace", "*"), "agents", AgentsCommand::keyOf);
    }

    private static String keyOf(Map<?, ?> agent) {
        return agent.get("namespace") + "/" + agent.get("name");
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
