package dev.relay.cli;

import picocli.CommandLine.Option;

/** What a command that changes many things asks for before it does. */
final class Consent {
    @Option(names = "--all", description = "All of them, without a filter.")
    boolean isAll;

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    boolean isDryRun;

    @Option(names = "--yes", description = "Do it.")
    boolean isGiven;

    /** Tells that nothing was done; the exit code for that. */
    int missing() {
        System.err.println("relay: nothing was done; add --yes to do it");
        return ExitCode.USAGE;
    }
}
