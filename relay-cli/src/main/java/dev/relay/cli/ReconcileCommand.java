package dev.relay.cli;

import dev.relay.sidecar.journal.JournalReader;
import dev.relay.sidecar.journal.JournalReader.KeptDiscrepancy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "reconcile",
        addMethodSubcommands = false,
        description = "What the sidecar and the venue did not agree in.")
final class ReconcileCommand {
    private static final List<String> COLUMNS =
            List.of("no", "at", "kind", "symbol", "client_order_id", "venue_order_id", "detail");
    private static final int PAGE = 1_000;

    @Command(
            name = "report",
            description = "Discrepancies of an account's journal, counted by kind, and the newest of them; with the"
                    + " sidecar running or not. Exit code 6 when there are any.")
    int report(
            @Mixin JournalOptions journal,
            @Option(names = "--since", paramLabel = "TIME", description = "Only those of the last 24h, 30m, ...")
                    @Nullable
                    Duration since,
            @Option(names = "--kind", description = "Only this kind, for example EXTERNAL_ORDER.") @Nullable
                    String kind,
            @Option(names = "--limit", defaultValue = "50", description = "Show the newest; default: ${DEFAULT-VALUE}.")
                    int limit,
            @Mixin OutputOptions output) {
        Path file = journal.file();
        if (!Files.exists(file)) {
            throw new CliException(ExitCode.NOT_FOUND, "no journal at " + file + "; give --data-dir and --account");
        }
        long fromMs = since == null ? 0 : System.currentTimeMillis() - since.toMillis();
        Map<String, Long> counts = new TreeMap<>();
        List<Map<String, Object>> newest = new ArrayList<>();
        Map<String, String> anchors;
        try (JournalReader reader = JournalReader.open(file)) {
            anchors = reader.factsOf("anchor:");
            long after = 0;
            List<KeptDiscrepancy> page;
            do {
                page = reader.discrepanciesAfter(after, PAGE);
                for (KeptDiscrepancy found : page) {
                    after = found.no();
                    String name = found.discrepancy().kind().name();
                    if (found.discrepancy().atMs() < fromMs || (kind != null && !kind.equals(name))) {
                        continue;
                    }
                    counts.merge(name, 1L, Long::sum);
                    newest.add(row(found));
                    if (newest.size() > limit) {
                        newest.remove(0);
                    }
                }
            } while (page.size() == PAGE);
        }
        print(output.open(), file, counts, anchors, newest);
        return counts.isEmpty() ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    private static Map<String, Object> row(KeptDiscrepancy found) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("no", found.no());
        row.put("at", Instant.ofEpochMilli(found.discrepancy().atMs()).toString());
        row.putAll(found.discrepancy().toFields());
        return row;
    }

    private static void print(
            Output out,
            Path file,
            Map<String, Long> counts,
            Map<String, String> anchors,
            List<Map<String, Object>> newest) {
        Map<String, Object> sum = new LinkedHashMap<>();
        sum.put("journal", file.toString());
        sum.put(
                "discrepancies",
                counts.values().stream().mapToLong(Long::longValue).sum());
        sum.put("by_kind", counts);
        sum.put("anchors", anchors);
        if (out.isJson()) {
            sum.put("newest", newest);
            out.object(sum);
        } else {
            out.object(sum);
            if (!newest.isEmpty()) {
                out.rows(COLUMNS, newest);
            }
        }
    }
}
