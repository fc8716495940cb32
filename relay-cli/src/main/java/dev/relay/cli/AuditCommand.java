package dev.relay.cli;

import dev.relay.sidecar.journal.AuditChain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        description = "Check the hash chain of an account's journal, and with --export print it, a JSON line a row.")
final class AuditCommand implements Callable<Integer> {
    @Option(names = "--data-dir", description = "The sidecar's data directory.")
    @Nullable
    Path dataDir;

    @Option(names = "--account", defaultValue = "paper")
    String account = "paper";

    @Option(names = "--export", description = "Print every row before the verdict.")
    boolean isExport;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Path dir = dataDir == null ? SidecarCommand.standardDataDir() : dataDir;
        Path file = dir.resolve("orders-" + account + ".db");
        if (!Files.exists(file)) {
            throw new CliException(ExitCode.NOT_FOUND, "no journal at " + file + "; give --data-dir and --account");
        }
        Output out = output.open();
        AuditChain.Verdict verdict = AuditChain.check(file, row -> {
            if (isExport) {
                out.json(fields(row));
            }
        });
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", file.toString());
        result.put("rows", verdict.rows());
        result.put("first_broken", verdict.firstBroken());
        result.put("head", verdict.head());
        out.object(result);
        return verdict.firstBroken() == 0 ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    private static Map<String, Object> fields(AuditChain.Row row) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("no", row.no());
        map.put("at_ms", row.atMs());
        map.put("op", row.op());
        map.put("who", row.who());
        map.put("what", row.what());
        map.put("hash", row.hash());
        return map;
    }
}
