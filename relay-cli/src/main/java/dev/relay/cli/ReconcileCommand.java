package dev.relay.cli;

import dev.relay.sidecar.journal.JournalReader;
import dev.relay.sidecar.journal.JournalReader.KeptDiscrepancy;
import dev.relay.sidecar.order.Discrepancy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
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
        Tally tally = new Tally(limit);
        Map<String, String> anchors;
        try (JournalReader reader = JournalReader.open(file)) {
            anchors = reader.factsOf("anchor:");
            each(reader, found -> {
                Discrepancy what = found.discrepancy();
                if (what.atMs() >= fromMs
                        && (kind == null || kind.equals(what.kind().name()))) {
                    tally.add(found);
                }
            });
        }
        print(output.open(), file, tally, anchors);
        return tally.counts.isEmpty() ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    /** Page by page, the oldest first. */
    private static void each(JournalReader reader, Consumer<KeptDiscrepancy> action) {
        List<KeptDiscrepancy> page = reader.discrepanciesAfter(0, PAGE);
        while (!page.isEmpty()) {
            page.forEach(action);
            page = reader.discrepanciesAfter(page.get(page.size() - 1).no(), PAGE);
        }
    }

    /** Discrepancies counted by kind, and the newest of them. */
    private static final class Tally {
        private final Map<String, Long> counts = new TreeMap<>();
        private final List<Map<String, Object>> newest = new ArrayList<>();
        private final int limit;

        Tally(int limit) {
            this.limit = limit;
        }

        void add(KeptDiscrepancy found) {
            counts.merge(found.discrepancy().kind().name(), 1L, Long::sum);
            newest.add(row(found));
            if (newest.size() > limit) {
                newest.remove(0);
            }
        }
    }

    private static Map<String, Object> row(KeptDiscrepancy found) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("no", found.no());
        row.put("at", Instant.ofEpochMilli(found.discrepancy().atMs()).toString());
        row.putAll(found.discrepancy().toFields());
        return row;
    }

    private static void print(Output out, Path file, Tally tally, Map<String, String> anchors) {
        Map<String, Object> sum = new LinkedHashMap<>();
        sum.put("journal", file.toString());
        sum.put(
                "discrepancies",
                tally.counts.values().stream().mapToLong(Long::longValue).sum());
        sum.put("by_kind", tally.counts);
        sum.put("anchors", anchors);
        if (out.isJson()) {
            sum.put("newest", tally.newest);
        }
        out.object(sum);
        if (!out.isJson() && !tally.newest.isEmpty()) {
            out.rows(COLUMNS, tally.newest);
        }
    }
}
