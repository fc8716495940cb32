package dev.relay.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParseResult;

/**
 * Runs a command once, or with {@code --watch} again and again: on a terminal over the last picture, else a picture after the other. A
 * failure is told and does not end the watch, because what is watched may come back; the last exit code is the command's. One thread.
 */
final class Watch implements IExecutionStrategy {
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";
    private final IExecutionStrategy once = new CommandLine.RunLast();

    @Override
    public int execute(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        Duration every =
                last.hasMatchedOption(WatchOptions.WATCH) ? last.matchedOptionValue(WatchOptions.WATCH, null) : null;
        if (every == null) {
            return once.execute(parsed);
        }
        int count = last.matchedOptionValue(WatchOptions.WATCH_COUNT, 0);
        CommandLine command = last.commandSpec().commandLine();
        int exitCode = ExitCode.OK;
        for (int shown = 0; count == 0 || shown < count; shown++) {
            if (shown > 0) {
                LockSupport.parkNanos(Math.max(every.toNanos(), 100_000_000L));
            }
            exitCode = picture(parsed, command);
        }
        return exitCode;
    }

    private int picture(ParseResult parsed, CommandLine command) {
        PrintWriter out = command.getOut();
        if (Tty.isOut()) {
            out.print(HOME_AND_CLEAR);
            out.flush();
        }
        try {
            return once.execute(parsed);
        } catch (CommandLine.ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            command.getErr().println("relay: " + Failures.message(cause));
            return Failures.exitCode(cause);
        }
    }
}
