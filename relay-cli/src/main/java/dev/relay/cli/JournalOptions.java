package dev.relay.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which journal: an account's, in a sidecar's data directory. */
final class JournalOptions {
    @Option(names = "--data-dir", description = "The sidecar's data directory.")
    @Nullable
    Path dataDir;

    @Option(names = "--account", defaultValue = "paper")
    String account = "paper";

    Path file() {
        Path dir = dataDir == null ? SidecarCommand.standardDataDir() : dataDir;
        return dir.resolve("orders-" + account + ".db");
    }
}
