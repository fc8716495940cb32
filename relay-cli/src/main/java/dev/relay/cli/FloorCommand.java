package dev.relay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/**
 * Two commands of the example trading floor. It is Python, so {@code bin/relay} starts it without coming here; this is
 * their place in the help, and what says so where somebody starts the Java part alone.
 */
final class FloorCommand {
    private FloorCommand() {}

    /** What both do here. */
    private abstract static class ByTheScript implements Callable<Integer> {
        @Unmatched
        List<String> options = new ArrayList<>();

        @Override
        public Integer call() {
            throw new CliException(
                    ExitCode.USAGE, "the example trading floor is Python: start it by bin/relay of the repository");
        }
    }

    @Command(
            name = "floor",
            description = "The example trading floor: agents in Python and Java that trade at a local exchange."
                    + " 'relay floor run --quick --duration 60' runs and verifies it, 'relay floor torture --runs N"
                    + " --results FILE' kills its processes at random; each has --help. See"
                    + " examples/trading-floor/README.md.")
    static final class Run extends ByTheScript {
        @Parameters(paramLabel = "run|torture|report", arity = "0..1", description = "Default: run.")
        @Nullable
        String what;
    }

    @Command(
            name = "report",
            description = "Of the last trading floor: profit and loss, drawdown, slippage, spread captured, adverse"
                    + " selection, fill rate and the exchange calls that the sidecar saved; --svg FILE for a plot. See"
                    + " --help of it.")
    static final class Report extends ByTheScript {}
}
