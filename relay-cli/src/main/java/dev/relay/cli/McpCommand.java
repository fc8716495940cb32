package dev.relay.cli;

import dev.relay.cli.mcp.McpEndpoint;
import dev.relay.cli.mcp.McpHttpServer;
import dev.relay.cli.mcp.McpServer;
import dev.relay.cli.mcp.McpTools;
import dev.relay.client.HandlerOptions;
import dev.relay.client.Relay;
import dev.relay.daemon.config.SecretFile;
import dev.relay.daemon.config.StartRefusedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A language-model agent on the bus: the Model Context Protocol on standard input and output, or over HTTP, under one name that no call can change. */
@Command(
        name = "mcp",
        description =
                "Serve the Model Context Protocol as the agent --as NAME (default: cli), on stdin and stdout or, with --http, over HTTP.")
final class McpCommand implements Callable<Integer> {
    private static final String TOKEN_FILE = "--http-token-file";

    @Mixin
    private BusOptions bus = new BusOptions();

    @Option(
            names = "--http",
            paramLabel = "PORT",
            description = "Serve http://ADDRESS:PORT/mcp; 0 picks a port, which the ready line tells.")
    @Nullable
    Integer port;

    @Option(names = "--http-address", paramLabel = "ADDRESS", description = "Where to listen; default: 127.0.0.1.")
    String address = "127.0.0.1";

    @Option(
            names = "--http-host",
            paramLabel = "NAME",
            description =
                    "A host name besides loopback that requests may be asked of; repeatable. Needed to listen elsewhere.")
    List<String> hosts = List.of();

    @Option(
            names = TOKEN_FILE,
            paramLabel = "FILE",
            description =
                    "Holds the token that makes a client this agent; made (0600) when there is none. Default: mcp-NAME.token in the run directory.")
    @Nullable
    Path httpToken;

    @Override
    public Integer call() throws Exception {
        try (Relay relay = bus.open();
                McpTools tools = new McpTools(relay)) {
            relay.on("*", HandlerOptions.manual(), tools::received);
            relay.start();
            if (port == null) {
                PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
                new McpServer(tools, Version.text()).serve(new BufferedInputStream(System.in), out);
            } else {
                serve(relay.name(), port, tools);
            }
            return ExitCode.OK;
        }
    }

    private void serve(String agent, int wanted, McpTools tools) throws Exception {
        InetAddress at = InetAddress.getAllByName(address)[0];
        if (!at.isLoopbackAddress() && hosts.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--http-address " + address + " is not loopback: say by --http-host what it is called");
        }
        Path file = httpToken == null ? RunDir.standard().resolve("mcp-" + agent + ".token") : httpToken;
        McpEndpoint endpoint = McpEndpoint.of(tools, Version.text(), token(file), hosts);
        McpHttpServer server = new McpHttpServer(new InetSocketAddress(at, wanted), endpoint);
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("component", "mcp");
        ready.put("agent", agent);
        ready.put("url", "http://" + address + ":" + server.port() + "/mcp");
        ready.put("token_file", file);
        System.out.println(ReadyLine.of(ready));
        Serving.untilSignal(() -> {
            tools.close();
            server.close();
        });
    }

    private static String token(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try {
            return SecretFile.readOrCreateToken(file, TOKEN_FILE);
        } catch (StartRefusedException e) {
            throw CliException.ofUsage(e);
        }
    }
}
