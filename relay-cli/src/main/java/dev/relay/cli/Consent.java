package dev.relay.cli;

import java.util.Map;
import java.util.function.IntSupplier;
import picocli.CommandLine.Option;

/** What a command that destroys or switches something asks for before it does. What makes things safer (a stop) asks for nothing and can still be tried dry. */
final class Consent {
    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    boolean isDryRun;

    @Option(names = "--yes", description = "Do it.")
    boolean isGiven;

    /** Acts with {@code --yes}; else prints the plan and, without {@code --dry-run}, says what is missing. */
    int act(Output out, Map<String, ?> plan, IntSupplier act) {
        return act(true, out, plan, act);
    }

    /** The same where only some cases need {@code --yes}. */
    int act(boolean isNeeded, Output out, Map<String, ?> plan, IntSupplier act) {
        if (!isDryRun && (isGiven || !isNeeded)) {
            return act.getAsInt();
        }
        out.object(plan);
        if (isDryRun) {
            return ExitCode.OK;
        }
        throw new CliException(ExitCode.USAGE, "nothing was done; add --yes to do it");
    }
}
