package dev.relay.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What is wrong with a command line, in a few lines: what, the nearest that there is, how the command is written, and where the rest stands. The whole help would push the reason out of sight;
 * it is shown where the part of a command is missing, because then the parts are what is looked for.
 */
final class UsageErrors implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        if (isPartMissing(e)) {
            command.usage(err);
            return ExitCode.USAGE;
        }
        err.println("relay: " + message(e));
        nearest(e).lines().filter(line -> !line.isBlank()).forEach(err::println);
        Help help = command.getHelp();
        err.print("Usage: " + help.synopsis("Usage: ".length()));
        err.println("All of it: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static boolean isPartMissing(ParameterException e) {
        return "Missing required subcommand".equals(e.getMessage());
    }

    private static String message(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            String word = unmatched.getUnmatched().get(0);
            String whole = e.getCommandLine().getCommandSpec().qualifiedName();
            return e.getCommandLine().getSubcommands().isEmpty()
                    ? "one word too many for " + whole + ": " + word
                    : "no such command: " + whole + " " + word;
        }
        String message = String.valueOf(e.getMessage());
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static String nearest(ParameterException e) {
        StringWriter text = new StringWriter();
        UnmatchedArgumentException.printSuggestions(e, new PrintWriter(text, true));
        return text.toString();
    }
}
