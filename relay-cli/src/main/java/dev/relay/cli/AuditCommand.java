package dev.relay.cli;

import dev.relay.daemon.store.StoreAudit;
import dev.relay.daemon.store.StoreException;
import dev.relay.sidecar.journal.AuditChain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        description =
                "Check both hash chains, of an account's journal and of the daemon's store, and print their heads;"
                        + " with --export every row before, a JSON line each. Exit code 6 when a row does not follow.")
final class AuditCommand implements Callable<Integer> {
    @Mixin
    private JournalOptions journal = new JournalOptions();

    @Mixin
    private StoreCommand.StoreOptions store = new StoreCommand.StoreOptions();

    @Option(names = "--export", description = "Print every row before the verdict.")
    boolean isExport;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Path file = journal.file();
        Path storeDir = store.dir();
        boolean hasJournal = Files.exists(file);
        boolean hasStore = Files.exists(storeDir.resolve("relay.db"));
        if (!hasJournal && !hasStore) {
            throw new CliException(
                    ExitCode.NOT_FOUND,
                    "no journal at " + file + " and no store in " + storeDir
                            + "; give --data-dir, --account, --store-dir");
        }
        Output out = output.open();
        Map<String, Object> result = new LinkedHashMap<>();
        boolean isWhole = true;
        if (hasJournal) {
            isWhole &= journal(file, out, result);
        } else {
            result.put("journal", "absent: " + file);
        }
        if (hasStore) {
            isWhole &= store(storeDir, out, result);
        } else {
            result.put("store", "absent: " + storeDir);
        }
        result.put("whole", isWhole);
        out.object(result);
        return isWhole ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    private boolean journal(Path file, Output out, Map<String, Object> result) {
        AuditChain.Verdict verdict = AuditChain.check(
                file, row -> row(out, "journal", row.no(), row.atMs(), row.op(), row.who(), row.what(), row.hash()));
        result.put("journal", file.toString());
        result.put("journal_rows", verdict.rows());
        result.put("journal_pruned", verdict.prunedCount());
        result.put("journal_first_broken", verdict.firstBroken());
        result.put("journal_head", verdict.head());
        return verdict.firstBroken() == 0;
    }

    private boolean store(Path dir, Output out, Map<String, Object> result) {
        try {
            StoreAudit.Verdict verdict = StoreAudit.check(
                    dir, row -> row(out, "store", row.no(), row.atMs(), row.op(), row.who(), row.what(), row.hash()));
            result.put("store", dir.toString());
            result.put("store_rows", verdict.rows());
            result.put("store_first_broken", verdict.firstBroken());
            result.put("store_head", verdict.head());
            return verdict.firstBroken() == 0;
        } catch (StoreException e) {
            throw new CliException(ExitCode.STORE_DAMAGED, String.valueOf(e.getMessage()));
        }
    }

    private void row(Output out, String chain, long no, long atMs, String op, String who, String what, String hash) {
        if (!isExport) {
            return;
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("chain", chain);
        map.put("no", no);
        map.put("at_ms", atMs);
        map.put("op", op);
        map.put("who", who);
        map.put("what", what);
        map.put("hash", hash);
        out.json(map);
    }
}
