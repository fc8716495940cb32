package dev.relay.cli;

import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.store.StoreBackup;
import dev.relay.daemon.store.StoreCheck;
import dev.relay.daemon.store.StoreException;
import dev.relay.daemon.store.StoreProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "store",
        addMethodSubcommands = false,
        description = "The daemon's store: back it up while it is used, restore, check, look at it.")
final class StoreCommand {
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
            return ConfigLoader.load(Map.of(), System.getenv(), null).dataDir();
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
        Map<String, Object> run(StoreProgress progress) throws StoreException;
    }

    @Command(
            name = "backup",
            description =
                    "Copy the store to FILE as of one moment, with the daemon running or not; the copy is verified.")
    int backup(
            @Parameters(paramLabel = "FILE", description = "A file that does not exist yet.") Path file,
            @Mixin DirOptions where,
            @Mixin OutputOptions output) {
        return verdict(output.open(), progress -> StoreBackup.backup(where.dir(), file, progress));
    }

    @Command(
            name = "restore",
            description =
                    "Put a backup in place; the daemon must be stopped. What was there is kept in quarantine. Agents are told that it is another store. Needs --yes.")
    int restore(
            @Parameters(paramLabel = "FILE", description = "What relay store backup wrote.") Path file,
            @Mixin Consent consent,
            @Mixin DirOptions where,
            @Mixin OutputOptions output) {
        Path dir = where.dir();
        if (!Files.isRegularFile(file)) {
            throw new CliException(ExitCode.NOT_FOUND, "no backup at " + file);
        }
        Output out = output.open();
        return consent.act(
                out,
                Map.of("would_be_restored", file.toString(), "data_dir", dir.toString()),
                () -> print(out, progress -> StoreBackup.restore(file, dir, progress)));
    }

    @Command(
            name = "check",
            description =
                    "Verify every row and frame without changing anything; exit code 65 when something is damaged.")
    int check(
            @Parameters(paramLabel = "DIR", arity = "0..1", description = "The same as --data-dir.") @Nullable Path dir,
            @Mixin DirOptions where,
            @Mixin OutputOptions output) {
        Path dataDir = dir != null ? dir : where.dir();
        return verdict(
                output.open(), progress -> StoreCheck.run(dataDir, progress).asJson());
    }

    @Command(name = "info", description = "Identity, sizes and counts of the store.")
    int info(@Mixin DirOptions where, @Mixin OutputOptions output) {
        return print(output.open(), progress -> StoreCheck.info(where.dir()));
    }

    @Command(
            name = "accept-loss",
            description =
                    "After a store was lost: let the next daemon begin with an empty one. What is left stays in quarantine. Needs --yes.")
    int acceptLoss(@Mixin Consent consent, @Mixin DirOptions where, @Mixin OutputOptions output) {
        Path dir = where.dir();
        Output out = output.open();
        return consent.act(
                out,
                Map.of("would_begin_empty", dir.toString()),
                () -> print(out, progress -> StoreBackup.acceptLoss(dir)));
    }

    private static int print(Output out, Act act) {
        out.object(run(out, act));
        return ExitCode.OK;
    }

    private static int verdict(Output out, Act act) {
        Map<String, Object> result = run(out, act);
        out.object(result);
        return Boolean.TRUE.equals(result.get("whole")) ? ExitCode.OK : ExitCode.STORE_DAMAGED;
    }

    private static Map<String, Object> run(Output out, Act act) {
        try (Progress progress = Progress.of(out, "store", 0)) {
            return act.run(progress::at);
        } catch (StoreException e) {
            throw new CliException(
                    e.reason() == StoreException.Cause.CORRUPT ? ExitCode.STORE_DAMAGED : ExitCode.FAILED,
                    String.valueOf(e.getMessage()));
        }
    }
}
