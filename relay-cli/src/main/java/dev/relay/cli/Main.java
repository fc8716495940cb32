package dev.relay.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ScopeType;

/** {@code relay}: one command over daemon, sidecar, exchange and agents. The only place that ends the process. */
@Command(
        name = "relay",
        description = "A message bus with delivery guarantees, an exchange sidecar, and tools for both.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class)
public final class Main {
    private static final Set<String> SERVERS = Set.of("daemon", "sidecar", "exchange", "supervisor");

    public static void main(String[] args) {
        boolean isServer = args.length > 0 && SERVERS.contains(args[0]);
        LogSettings.install(args, System.getenv(), isServer ? "INFO" : "WARN");
        System.exit(run(commandLine(args), args, System.getenv()));
    }

    /** Runs one command in this process, with the environment that it has. */
    public static int execute(String... args) {
        return run(commandLine(args), args, System.getenv());
    }

    /** Runs one command; an option that is not among {@code args} comes from the environment or the configuration file. */
    static int run(CommandLine line, String[] args, Map<String, String> environment) {
        try {
            OptionSources.install(line, args, environment);
        } catch (CliException e) {
            line.getErr().println("relay: " + e.getMessage());
            return e.exitCode();
        }
        return line.execute(args);
    }

    /** The model of what {@code args} name; without any, of all commands. */
    static CommandLine commandLine(String... args) {
        CommandLine relay = new CommandLine(new Main());
        Commands.addTo(relay, args);
        return relay.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .registerConverter(Duration.class, new DurationConverter())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new UsageErrors())
                .setExecutionStrategy(new Watch())
                .setExecutionExceptionHandler(handler());
    }

    private static IExecutionExceptionHandler handler() {
        return (error, command, parsed) -> {
            command.getErr().println("relay: " + Failures.message(error));
            return Failures.exitCode(error);
        };
    }
}
