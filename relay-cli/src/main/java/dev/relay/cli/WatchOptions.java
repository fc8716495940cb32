package dev.relay.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What commands that only look have besides {@code --json}: {@code --watch}, read by {@link Watch}. */
class WatchOptions extends OutputOptions {
    static final String WATCH = "--watch";
    static final String WATCH_COUNT = "--watch-count";

    @Option(
            names = WATCH,
            arity = "0..1",
            fallbackValue = "2s",
            paramLabel = "EVERY",
            description = "Print again and again, every 2s or as given, until interrupted.")
    @Nullable
    Duration watch;

    @Option(names = WATCH_COUNT, hidden = true, defaultValue = "0", description = "Stop after so many; 0 never.")
    int watchCount;
}
