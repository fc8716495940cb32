package dev.relay.cli;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** One command's manual page in roff, from the same model as its help: name, synopsis, description, options, commands, exit codes. */
final class ManPage {
    private static final String EXIT_CODES = """
            0 done. 1 tried and failed, or refused. 2 the command line or the configuration is wrong. 3 the daemon, Redis or another server cannot be reached. 4 not found.
            5 timed out. 6 unhealthy. 65 the store is damaged or missing. 70, 74 the daemon stopped itself.
            """;

    private final CommandSpec spec;

    ManPage(CommandSpec spec) {
        this.spec = spec;
    }

    /** {@code relay-dlq-ls} */
    String name() {
        return spec.qualifiedName("-");
    }

    String text() {
        StringBuilder page = new StringBuilder();
        page.append(".TH \"").append(name().toUpperCase(Locale.ROOT)).append("\" \"1\" \"\" \"relay\" \"Relay\"\n");
        section(page, "NAME").append(escaped(name() + " - " + description())).append('\n');
        section(page, "SYNOPSIS").append(escaped(synopsis())).append('\n');
        section(page, "DESCRIPTION").append(escaped(description())).append('\n');
        arguments(page);
        commands(page);
        section(page, "EXIT STATUS").append(escaped(EXIT_CODES.strip())).append('\n');
        return page.toString();
    }

    private void arguments(StringBuilder page) {
        if (spec.positionalParameters().stream().anyMatch(p -> !p.hidden())) {
            section(page, "ARGUMENTS");
            for (PositionalParamSpec parameter : spec.positionalParameters()) {
                entry(page, parameter.paramLabel(), parameter);
            }
        }
        section(page, "OPTIONS");
        for (OptionSpec option : spec.options()) {
            String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
            entry(page, String.join(", ", option.names()) + label, option);
        }
    }

    private void commands(StringBuilder page) {
        if (spec.subcommands().isEmpty()) {
            return;
        }
        section(page, "COMMANDS");
        for (CommandLine sub : spec.subcommands().values()) {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                tagged(page, sub.getCommandSpec().qualifiedName(" "), new ManPage(sub.getCommandSpec()).description());
            }
        }
    }

    private static void entry(StringBuilder page, String label, ArgSpec argument) {
        if (!argument.hidden()) {
            tagged(
                    page,
                    label,
                    String.join(" ", argument.description())
                            .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue())));
        }
    }

    private static void tagged(StringBuilder page, String tag, String text) {
        page.append(".TP\n.B ")
                .append(escaped(tag))
                .append('\n')
                .append(escaped(text))
                .append('\n');
    }

    private static StringBuilder section(StringBuilder page, String title) {
        return page.append(".SH ").append(title).append('\n');
    }

    private String synopsis() {
        CommandLine.Help help =
                new CommandLine.Help(spec, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        return help.synopsis(0).strip().replaceAll("\\s+", " ");
    }

    private String description() {
        return String.join(" ", spec.usageMessage().description());
    }

    /** Backslashes and hyphens stand for themselves; a line that begins with a dot or an apostrophe is text. */
    private static String escaped(String text) {
        String plain =
                text.replace("%n", " ").replace("\\", "\\e").replace("-", "\\-").strip();
        return plain.isEmpty() ? "\\&" : plain.replaceAll("(?m)^([.'])", "\\\\&$1");
    }
}
