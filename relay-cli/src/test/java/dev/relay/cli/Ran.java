package dev.relay.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** One command as it is run from a shell, in this process: what it printed and how it ended. */
record Ran(int exitCode, String out, String err) {
    static Ran of(Stream<String> arguments) {
        String[] args = arguments.toArray(String[]::new);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(args).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return new Ran(Main.run(line, args, Map.of()), out.toString(), err.toString());
    }

    static Ran of(String... args) {
        return of(Stream.of(args));
    }

    /** Words between spaces, and more arguments behind them. */
    static Ran of(String words, List<String> more) {
        return of(Stream.concat(Stream.of(words.split(" ", -1)), more.stream()));
    }

    /** Every verb that people see: commands, or their parts where a command has some; from the whole model. */
    static List<CommandSpec> verbs() {
        return verbs(Main.commandLine()).toList();
    }

    private static Stream<CommandSpec> verbs(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        Stream<CommandSpec> below =
                command.getSubcommands().values().stream().distinct().flatMap(Ran::verbs);
        return spec.usageMessage().hidden()
                ? Stream.empty()
                : Stream.concat(spec.parent() == null ? Stream.empty() : Stream.of(spec), below);
    }

    /** Without {@code relay}. */
    static String name(CommandSpec verb) {
        return verb.qualifiedName(" ").substring("relay ".length());
    }
}
