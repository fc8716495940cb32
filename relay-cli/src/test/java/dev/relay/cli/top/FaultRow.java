package dev.relay.cli.top;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A row of the table of faults in docs/runbooks.md.
 *
 * @param witness whose health names it
 * @param cause the name there
 * @param seen what a line of {@code relay top} holds
 * @param alarms what fires
 * @param readiness what the witness's {@code /readyz} says meanwhile
 */
record FaultRow(String fault, String witness, String cause, String seen, List<String> alarms, String readiness) {
    private static final String HEADING = "## What a fault looks like\n";

    static Map<String, FaultRow> ofRunbooks() {
        Map<String, FaultRow> rows = new LinkedHashMap<>();
        page().lines().filter(line -> line.startsWith("| ")).skip(1).forEach(line -> {
            List<String> cells = Arrays.stream(line.split("\\|", -1))
                    .map(cell -> cell.replace("`", "").strip())
                    .toList();
            List<String> alarms = List.of(cells.get(5).split(", ", -1));
            rows.put(
                    cells.get(1),
                    new FaultRow(cells.get(1), cells.get(2), cells.get(3), cells.get(4), alarms, cells.get(6)));
        });
        return rows;
    }

    private static String page() {
        try {
            String page = Files.readString(Path.of("../docs/runbooks.md"));
            int from = page.indexOf(HEADING) + HEADING.length();
            return page.substring(from, page.indexOf("\n## ", from));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who stands still, starves or is gone. */
    String who() {
        return fault.substring(0, fault.indexOf(' '));
    }
}
