package dev.relay.cli;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.protocol.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One agent from the outside: the same operations as over the bus and HTTP. */
@Command(
        name = "agent",
        addMethodSubcommands = false,
        description = "One agent: how it does; start, hold, command and end it.")
final class AgentCommand {
    private static final List<String> BREAKERS =
            List.of("scope", "agent", "sender", "class", "state", "failures", "opened", "left_ms");

    private static final Set<String> NO_SUPERVISOR = Set.of("NO_SUCH_RECIPIENT", "RECIPIENT_OFFLINE");
    private static final List<String> SUPERVISED =
            List.of("name", "template", "state", "connected", "pid", "restarts", "uptime_ms", "last_exit");

    @Command(name = "health", description = "Its score with named deductions; exit code 6 when critical.")
    int health(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        Map<String, ?> health = ask(bus, output, "agent.health", Map.of("agent", name));
        return "critical".equals(health.get("level")) ? ExitCode.UNHEALTHY : ExitCode.OK;
    }

    @Command(name = "metrics", description = "Ratios, handler percentiles, queue, lag, process, gauges.")
    int metrics(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return print(bus, output, "agent.metrics", Map.of("agent", name));
    }

    @Command(name = "pause", description = "Hold what is sent to it; nothing is dropped. '*' is everybody.")
    int pause(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Option(names = "--sender", description = "Only the lane of this sender.") @Nullable String sender,
            @Option(names = "--reason", defaultValue = "operator", description = "Goes into the audit.") String reason,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return print(bus, output, "pause", target(name, sender, reason));
    }

    @Command(name = "resume", description = "Let it go on. '*' is everybody.")
    int resume(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Option(names = "--sender", description = "Only the lane of this sender.") @Nullable String sender,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return print(bus, output, "resume", target(name, sender, "operator"));
    }

    @Command(name = "emergency-stop", description = "Pause everybody and have the kill switch raised.")
    int emergencyStop(
            @Option(names = "--reason", required = true, description = "Goes into audit and journal.") String reason,
            @Mixin Consent consent,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return consent.act(false, output.open(), Map.of("would_pause", "everybody", "would_switch", "on"), () -> {
            Map<String, ?> answer = ask(bus, output, "emergency_stop", Map.of("reason", reason));
            return "told".equals(answer.get("kill_switch")) ? ExitCode.OK : ExitCode.FAILED;
        });
    }

    @Command(name = "breakers", description = "Breakers that are not closed.")
    int breakers(@Mixin BusOptions bus, @Mixin OutputOptions output) {
        return bus.rows(output, BREAKERS, relay -> relay.agents().breakers());
    }

    @Command(name = "reset-breaker", description = "Close its breakers before their time.")
    int resetBreaker(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return print(bus, output, "breaker.reset", Map.of("agent", name));
    }

    @Command(name = "command", description = "Ask it to do what it registered as a command, and print its answer.")
    int command(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Parameters(paramLabel = "COMMAND", description = "What it registered with on_command.") String command,
            @Parameters(paramLabel = "ARGS", defaultValue = "{}", description = "A JSON object.") String arguments,
            @Option(
                            names = "--timeout",
                            defaultValue = "10s",
                            description = "How long to wait for its answer; default: ${DEFAULT-VALUE}.")
                    Duration timeout,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        output.open()
                .line(bus.with(relay -> relay.sendCommand(name, command, Json.object(arguments), timeout)
                        .text()));
        return ExitCode.OK;
    }

    @Command(
            name = "spawn",
            description = "Have the supervisor start an agent from a template, and wait until it is ready.")
    int spawn(
            @Parameters(paramLabel = "TEMPLATE", description = "One of the supervisor's file.") String template,
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Option(names = "--arg", paramLabel = "KEY=VALUE", description = "What the template asks for; repeatable.")
                    @Nullable
                    Map<String, String> args,
            @Option(
                            names = "--timeout",
                            defaultValue = "60s",
                            description = "How long to wait for it; default: ${DEFAULT-VALUE}.")
                    Duration timeout,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return bus.object(
                output, bySupervisor(relay -> relay.spawn(template, name, args == null ? Map.of() : args, timeout)));
    }

    @Command(name = "release", description = "Have the supervisor end an agent that it started. Needs --yes.")
    int release(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Option(
                            names = "--timeout",
                            defaultValue = "60s",
                            description = "How long to wait for it; default: ${DEFAULT-VALUE}.")
                    Duration timeout,
            @Mixin Consent consent,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return consent.act(
                output.open(),
                Map.of("would_end", name),
                () -> bus.object(output, bySupervisor(relay -> relay.release(name, timeout))));
    }

    @Command(name = "restart", description = "Have the supervisor end and start it, and wait until it is ready.")
    int restart(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Option(
                            names = "--timeout",
                            defaultValue = "60s",
                            description = "How long to wait for it; default: ${DEFAULT-VALUE}.")
                    Duration timeout,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return bus.object(output, bySupervisor(relay -> relay.restart(name, timeout)));
    }

    @Command(name = "list", description = "The agents that the supervisor keeps.")
    int list(@Mixin BusOptions bus, @Mixin OutputOptions output) {
        return bus.rows(output, SUPERVISED, bySupervisor(relay -> relay.agents().supervised()));
    }

    @Command(name = "logs", description = "The last lines that an agent of the supervisor logged.")
    int logs(
            @Parameters(paramLabel = "NAME", description = "The agent.") String name,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        bus.with(bySupervisor(relay -> relay.agents().logs(name))).forEach(output.open()::line);
        return ExitCode.OK;
    }

    /** What is missing is the supervisor, not the agent. */
    private static <T> Function<Relay, T> bySupervisor(Function<Relay, T> ask) {
        return relay -> {
            try {
                return ask.apply(relay);
            } catch (RelayException e) {
                if (NO_SUPERVISOR.contains(e.code())) {
                    throw new CliException(
                            ExitCode.UNREACHABLE,
                            "no supervisor is on the bus; start one: relay supervisor --config FILE, with templates in the file");
                }
                throw e;
            }
        };
    }

    private static int print(BusOptions bus, OutputOptions output, String op, Map<String, ?> arguments) {
        return bus.object(output, relay -> Control.ask(relay, op, arguments));
    }

    private static Map<String, String> target(String name, @Nullable String sender, String reason) {
        Map<String, String> target = new TreeMap<>(Map.of("agent", name, "reason", reason));
        if (sender != null) {
            target.put("sender", sender);
        }
        return target;
    }

    private static Map<String, ?> ask(BusOptions bus, OutputOptions output, String op, Map<String, ?> arguments) {
        Map<String, ?> answer = bus.with(relay -> Control.ask(relay, op, arguments));
        output.open().object(answer);
        return answer;
    }
}
