package dev.relay.cli;

import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Option;

/** When a command that prints what comes has seen enough. */
final class CountOption {
    @Option(names = "--count", defaultValue = "0", description = "Stop after so many; 0 never.")
    int count;

    /** Open after so many. */
    CountDownLatch left() {
        return new CountDownLatch(count == 0 ? Integer.MAX_VALUE : count);
    }
}
