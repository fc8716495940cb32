package dev.relay.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** What commands that show rows have besides: {@code --filter}. */
final class ViewOptions extends WatchOptions {
    @Option(
            names = "--filter",
            paramLabel = "KEY=VALUE",
            description =
                    "Only rows with this value in the column KEY, where * is any text; KEY!=VALUE for all others; can be repeated.")
    List<String> filters = List.of();

    @Override
    RowFilter filter() {
        return RowFilter.of(filters);
    }
}
