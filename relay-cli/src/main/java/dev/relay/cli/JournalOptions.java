package dev.relay.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which journal: an account's, in a sidecar's data directory. */
final class JournalOptions {
    @Option(names = "--data-dir", description = "The sidecar's data directory; default: that of the sidecar that runs.")
    @Nullable
    Path dataDir;

    @Option(names = "--account", defaultValue = "paper", description = "Whose; default: paper.")
    String account = "paper";

    Path file() {
        return SidecarDir.find(dataDir, RunDir.standard()).resolve("orders-" + account + ".db");
    }
}
