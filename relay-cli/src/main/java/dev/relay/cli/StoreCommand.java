package dev.relay.cli;

import dev.relay.daemon.store.StoreBackup;
import dev.relay.daemon.store.StoreCheck;
import dev.relay.daemon.store.StoreException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "store",
        description =
                "The daemon's store: back it up while it is used, restore, check, look at it. Progress goes to standard error.")
final class StoreCommand {
    private static final long PROGRESS_MS = 500;

    /** Where the store is. */
    static final class DirOptions {
        @Option(names = "--data-dir", description = "Directory of the store; default: the daemon's own.")
        @Nullable
        Path dataDir;

        Path dir() {
            return dataDir != null ? dataDir : ownDir();
        }

        /** As the daemon chooses it. */
        static Path ownDir() {
            return dev.relay.daemon.config.ConfigLoader.load(Map.of(), System.getenv(), null)
                    .dataDir();
        }
    }

    /** Where the store is, for a command whose {@code --data-dir} is another one's. */
    static final class StoreOptions {
        @Option(names = "--store-dir", description = "Directory of the daemon's store; default: the daemon's own.")
        @Nullable
        Path storeDir;

        Path dir() {
            return storeDir != null ? storeDir : DirOptions.ownDir();
        }
    }

    private interface Act {
        Map<String, Object> run(Consumer<String> progress) throws StoreException;
    }

    @Command(
            name = "backup",
            description =
                    "Copy the store to FILE as of one moment, with the daemon running or not; the copy is verified.")
    int backup(@Parameters(paramLabel = "FILE") Path file, @Mixin DirOptions where, @Mixin OutputOptions output) {
        Map<String, Object> result = run(progress -> StoreBackup.backup(where.dir(), file, progress));
        output.open().object(result);
        return Boolean.TRUE.equals(result.get("whole")) ? ExitCode.OK : ExitCode.STORE_DAMAGED;
    }

    @Command(
            name = "restore",
            description =
                    "Put a backup in place; the daemon must be stopped. What was there is kept in quarantine. Agents are told that it is another store.")
    int restore(@Parameters(paramLabel = "FILE") Path file, @Mixin DirOptions where, @Mixin OutputOptions output) {
        output.open().object(run(progress -> StoreBackup.restore(file, where.dir(), progress)));
        return ExitCode.OK;
    }

    @Command(
            name = "check",
            description =
                    "Verify every row and frame without changing anything; exit code 65 when something is damaged.")
    int check(
            @Parameters(paramLabel = "DIR", arity = "0..1") @Nullable Path dir,
            @Mixin DirOptions where,
            @Mixin OutputOptions output) {
        Path dataDir = dir != null ? dir : where.dir();
        Map<String, Object> result =
                run(progress -> StoreCheck.run(dataDir, progress).asJson());
        output.open().object(result);
        return Boolean.TRUE.equals(result.get("whole")) ? ExitCode.OK : ExitCode.STORE_DAMAGED;
    }

    @Command(name = "info", description = "Identity, sizes and counts of the store.")
    int info(@Mixin DirOptions where, @Mixin OutputOptions output) {
        output.open().object(run(progress -> StoreCheck.info(where.dir())));
        return ExitCode.OK;
    }

    @Command(
            name = "accept-loss",
            description =
                    "After a store was lost: let the next daemon begin with an empty one. What is left stays in quarantine.")
    int acceptLoss(@Mixin DirOptions where, @Mixin OutputOptions output) {
        output.open().object(run(progress -> StoreBackup.acceptLoss(where.dir())));
        return ExitCode.OK;
    }

    private static Map<String, Object> run(Act act) {
        try {
            return act.run(new Progress());
        } catch (StoreException e) {
            throw new CliException(
                    e.reason() == StoreException.Cause.CORRUPT ? ExitCode.STORE_DAMAGED : ExitCode.FAILED,
                    String.valueOf(e.getMessage()));
        }
    }

    /** Two lines a second at most. */
    private static final class Progress implements Consumer<String> {
        private long saidAtNs = System.nanoTime();

        @Override
        public void accept(String what) {
            long now = System.nanoTime();
            if (now - saidAtNs >= PROGRESS_MS * 1_000_000) {
                saidAtNs = now;
                System.err.println("store: " + what);
            }
        }
    }
}
