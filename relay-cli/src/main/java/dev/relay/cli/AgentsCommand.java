package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.ArrayList;
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
        try (Relay relay = bus.open()) {
            output.open().rows(COLUMNS, all(relay));
            return ExitCode.OK;
        }
    }

    /** Page by page; of all namespaces for an operator, else of our own. */
    private static List<Map<?, ?>> all(Relay relay) {
        List<Map<?, ?>> agents = new ArrayList<>();
        Map<String, ?> page = Map.of();
        String last = "";
        do {
            page = relay.control("agents", Map.of("after", last, "namespace", "*"));
            List<Map<?, ?>> rows = Rows.of(page.get("agents"));
            agents.addAll(rows);
            last = rows.isEmpty() ? last : keyOf(rows.get(rows.size() - 1));
        } while (Boolean.TRUE.equals(page.get("more")));
        return agents;
    }

    private static String keyOf(Map<?, ?> agent) {
        return agent.get("namespace") + "/" + agent.get("name");
    }

    @Command(name = "add", description = "Create a name, so that messages can be sent to it before it first connects.")
    int add(@Parameters(paramLabel = "NAME") String name, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        try (Relay relay = bus.open()) {
            output.open().object(relay.control("agents.add", Map.of("name", name)));
            return ExitCode.OK;
        }
    }
}
