package dev.relay.cli;

import dev.relay.client.redis.StateReader;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntBiFunction;
import picocli.CommandLine.Option;

/** Whose state in Redis a command shows, and where that is. */
final class AccountOptions extends RedisOptions {
    @Option(names = "--account", defaultValue = "paper", description = "Whose; default: paper.")
    String account = "paper";

    /** Reads and prints; the exit code is what {@code show} returns. */
    int show(ViewOptions view, ToIntBiFunction<StateReader, Output> show) {
        try (StateReader reader = open()) {
            return show.applyAsInt(reader, view.open());
        }
    }

    /** Reads rows and prints them. */
    int rows(ViewOptions view, List<String> columns, Function<StateReader, List<Map<String, String>>> read) {
        return show(view, (reader, out) -> {
            out.rows(columns, read.apply(reader));
            return ExitCode.OK;
        });
    }
}
