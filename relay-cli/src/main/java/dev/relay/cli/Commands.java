package dev.relay.cli;

import dev.relay.cli.bench.BenchCommand;
import dev.relay.cli.demo.DemoCommand;
import dev.relay.cli.torture.TortureCommand;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The commands of {@code relay}, and how much of their model is built. The arguments name one command, so only its class is loaded and only its options are read:
 * the model of all of them costs a short command more than its work does. What is about all commands (help, completion, manual pages, the schema of the
 * configuration) and what nobody knows (so that the nearest can be named) gets the whole model. A command whose methods are commands has
 * {@code addMethodSubcommands = false}, because they are added here, by the same rule.
 */
final class Commands {
    /** In the order of the help. */
    static final List<String> NAMES = List.of(
            ("up down doctor top daemon sidecar exchange replay record status health agents agent groups quota queue "
                            + "msg send request pub sub dlq store book state proposals orders positions kill-switch reconcile audit "
                            + "config mcp supervisor floor report bench demo torture decode completion man class-data "
                            + "version")
                    .split(" "));

    private static final Set<String> ABOUT_ALL = Set.of("config", "completion", "man");

    /** Adds what the arguments name, or everything. */
    static void addTo(CommandLine relay, String... args) {
        if (args.length > 0 && NAMES.contains(args[0]) && !ABOUT_ALL.contains(args[0])) {
            relay.addSubcommand(of(args[0], args.length > 1 ? args[1] : ""));
        } else {
            NAMES.forEach(name -> relay.addSubcommand(of(name, "")));
        }
    }

    /** A command with that one of its methods, or with all of them when there is none of that name. */
    private static CommandLine of(String name, String method) {
        Class<?> type = type(name);
        CommandLine command = new CommandLine(type);
        List<Method> all = CommandLine.getCommandMethods(type, null);
        List<Method> named = all.stream().filter(m -> nameOf(m).equals(method)).toList();
        (named.isEmpty() ? all : named).forEach(m -> command.addSubcommand(new CommandLine(m)));
        return command;
    }

    private static String nameOf(Method method) {
        return method.getAnnotation(Command.class).name();
    }

    /** A switch and no table: a class is loaded when its line is reached. */
    private static Class<?> type(String name) {
        return switch (name) {
            case "up" -> UpCommand.class;
            case "down" -> DownCommand.class;
            case "doctor" -> DoctorCommand.class;
            case "top" -> TopCommand.class;
            case "daemon" -> DaemonCommand.class;
            case "sidecar" -> SidecarCommand.class;
            case "exchange" -> ExchangeCommand.class;
            case "replay" -> ReplayCommand.class;
            case "record" -> RecordCommand.class;
            case "status" -> StatusCommand.class;
            case "health" -> HealthCommand.class;
            case "agents" -> AgentsCommand.class;
            case "groups" -> GroupsCommand.class;
            case "agent" -> AgentCommand.class;
            case "quota" -> QuotaCommand.class;
            case "queue" -> QueueCommand.class;
            case "msg" -> MsgCommand.class;
            case "send" -> SendCommand.class;
            case "request" -> RequestCommand.class;
            case "pub" -> PubCommand.class;
            case "sub" -> SubCommand.class;
            case "dlq" -> DlqCommand.class;
            case "store" -> StoreCommand.class;
            case "book" -> BookCommand.class;
            case "state" -> StateCommand.class;
            case "proposals" -> ProposalsCommand.class;
            case "orders" -> OrdersCommand.class;
            case "positions" -> PositionsCommand.class;
            case "kill-switch" -> KillSwitchCommand.class;
            case "reconcile" -> ReconcileCommand.class;
            case "audit" -> AuditCommand.class;
            case "config" -> ConfigCommand.class;
            case "mcp" -> McpCommand.class;
            case "supervisor" -> SupervisorCommand.class;
            case "floor" -> FloorCommand.Run.class;
            case "report" -> FloorCommand.Report.class;
            case "bench" -> BenchCommand.class;
            case "demo" -> DemoCommand.class;
            case "torture" -> TortureCommand.class;
            case "decode" -> DecodeCommand.class;
            case "completion" -> CompletionCommand.class;
            case "man" -> ManCommand.class;
            case "class-data" -> ClassDataCommand.class;
            case "version" -> VersionCommand.class;
            default -> throw new IllegalArgumentException("no such command: " + name);
        };
    }

    private Commands() {}
}
