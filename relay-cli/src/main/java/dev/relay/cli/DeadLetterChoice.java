package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which dead letters are to be changed: by number, by a filter, or all; never all by mistake. */
final class DeadLetterChoice {
    private static final int MOST = 1_000_000;

    @Parameters(paramLabel = "NO", arity = "0..*", description = "Numbers, as relay dlq ls shows them.")
    @Nullable
    List<Long> numbers;

    @Option(names = "--all", description = "All of them, without a filter.")
    boolean isAll;

    @Mixin
    private DeadLetterFilter filter = new DeadLetterFilter();

    /** Whether each of them was named. */
    boolean isByNumber() {
        return !named().isEmpty();
    }

    private List<Long> named() {
        return numbers == null ? List.of() : numbers;
    }

    /** Their numbers, oldest first or as named. */
    List<Long> numbers(Relay relay) {
        return isByNumber()
                ? named()
                : filter.rows(relay, 0, MOST).stream()
                        .map(DeadLetterFilter::number)
                        .toList();
    }

    /** Numbers or a filter, not both; or all. */
    void check() {
        if (isByNumber() != filter.isEmpty() && !(filter.isEmpty() && isAll)) {
            throw new CliException(
                    ExitCode.USAGE, "name dead letters by number, or by a filter, or all of them by --all");
        }
    }
}
