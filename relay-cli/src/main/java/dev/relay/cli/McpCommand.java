package dev.relay.cli;

import dev.relay.cli.mcp.McpServer;
import dev.relay.cli.mcp.McpTools;
import dev.relay.client.HandlerOptions;
import dev.relay.client.Relay;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A language-model agent on the bus: the Model Context Protocol on standard input and output, under one name that no call can change. */
@Command(
        name = "mcp",
        description = "Serve the Model Context Protocol on stdin and stdout, as the agent --as NAME (default: cli).")
final class McpCommand implements Callable<Integer> {
    @Mixin
    private BusOptions bus = new BusOptions();

    @Override
    public Integer call() throws IOException {
        try (Relay relay = bus.open();
                McpTools tools = new McpTools(relay)) {
            relay.on("*", HandlerOptions.manual(), tools::received);
            relay.start();
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            new McpServer(tools, Version.text()).serve(new BufferedInputStream(System.in), out);
            return ExitCode.OK;
        }
    }
}
