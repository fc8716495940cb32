package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What data looks like in each form, and that nothing in it can move a terminal's cursor. */
final class OutputTest {
    private static final List<String> COLUMNS = List.of("name", "queued");
    private final StringWriter out = new StringWriter();

    private static Map<String, Object> row(String name, long queued, String note) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("queued", queued);
        row.put("note", note);
        return row;
    }

    private static final List<Map<String, Object>> ROWS =
            List.of(row("risk", 7, "a, \"b\""), row("strategy-momentum", 12_000, "\u001b[2Jx"));

    private String shown(Output.Format format, String... filters) {
        Output output = new Output(new PrintWriter(out), format, RowFilter.of(List.of(filters)), false);
        output.rows(COLUMNS, ROWS);
        return out.toString();
    }

    @Test
    void aTableIsAlignedAndShowsTheMainColumns() {
        assertThat(shown(Output.Format.table).lines())
                .containsExactly("name               queued", "risk               7", "strategy-momentum  12000");
    }

    @Test
    void wideShowsAllColumnsWithoutControlCharacters() {
        assertThat(shown(Output.Format.wide)).contains("note", "a, \"b\"").doesNotContain("\u001b");
    }

    @Test
    void theMachinesFormsHaveEveryField() {
        assertThat(shown(Output.Format.jsonl).lines())
                .first()
                .isEqualTo("{\"name\":\"risk\",\"queued\":7,\"note\":\"a, \\\"b\\\"\"}");
        out.getBuffer().setLength(0);
        assertThat(shown(Output.Format.csv).lines()).startsWith("name,queued,note", "risk,7,\"a, \"\"b\"\"\"");
        out.getBuffer().setLength(0);
        assertThat(shown(Output.Format.json)).startsWith("[{").endsWith("}]\n");
    }

    @Test
    void filtersMustAllHold() {
        assertThat(shown(Output.Format.jsonl, "name=strategy-*").lines()).hasSize(1);
        out.getBuffer().setLength(0);
        assertThat(shown(Output.Format.jsonl, "name!=risk", "queued=12000").lines())
                .hasSize(1);
        out.getBuffer().setLength(0);
        assertThat(shown(Output.Format.jsonl, "name=risk", "queued=12000")).isEmpty();
        assertThatThrownBy(() -> RowFilter.of(List.of("name")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("key=value");
    }

    @Test
    void aFilterOfAColumnThatThereIsNotIsAMistake() {
        for (String misspelt : List.of("nam=risk", "nam!=risk")) {
            assertThatThrownBy(() -> shown(Output.Format.table, misspelt))
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("no row has a column nam; did you mean name? There are: name, queued, note");
        }
        new Output(new PrintWriter(out), Output.Format.table, RowFilter.of(List.of("note=x")), false)
                .rows(COLUMNS, List.of());
        assertThat(out.toString()).as("of no rows the columns are not known").isEqualTo("name  queued\n");
    }

    @Test
    void rowsWithinAnObjectAreATableBelowItAndWhatIsEmptyIsADash() {
        Map<String, Object> health = new TreeMap<>(Map.of("score", 95, "deductions", List.of(), "why", ""));
        new Output(new PrintWriter(out), Output.Format.table, RowFilter.ALL, false).object(health);
        assertThat(out.toString().lines()).containsExactly("deductions  -", "score       95", "why         -");
        out.getBuffer().setLength(0);
        String detail = "1 dead letter; " + "x".repeat(80);
        health.put("deductions", List.of(new TreeMap<>(Map.of("name", "dead_letters", "points", 5, "reason", detail))));
        new Output(new PrintWriter(out), Output.Format.table, RowFilter.ALL, false).object(health);
        assertThat(out.toString().lines())
                .endsWith("deductions:", "name          points  reason", "dead_letters  5       " + detail);
    }

    @Test
    void anObjectLeavesOutWhatCountsNothingButNotInWide() {
        Map<String, Object> status = Map.of("counters", new TreeMap<>(Map.of("acked", 0L, "sent", 3L)));
        new Output(new PrintWriter(out), Output.Format.table, RowFilter.ALL, false).object(status);
        assertThat(out.toString()).isEqualTo("counters.sent  3\n");
        new Output(new PrintWriter(out), Output.Format.wide, RowFilter.ALL, false).object(status);
        assertThat(out.toString()).contains("counters.acked  0");
    }

    @Test
    void headingsAreBoldOnlyWhereColourIsWelcome() {
        new Output(new PrintWriter(out), Output.Format.table, RowFilter.ALL, true).rows(COLUMNS, ROWS);
        assertThat(out.toString()).startsWith("\u001b[1mname");
        assertThat(Tty.isWelcome(null, "xterm")).isTrue();
        assertThat(Tty.isWelcome("", "xterm")).isTrue();
        assertThat(Tty.isWelcome("1", "xterm")).isFalse();
        assertThat(Tty.isWelcome(null, "dumb")).isFalse();
    }

    @Test
    void progressIsForTerminalsOnly() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Progress silent = new Progress(new PrintStream(err, true, StandardCharsets.UTF_8), "redrive", 4, false)) {
            silent.to(2);
        }
        assertThat(err.size()).isZero();
        try (Progress shown = new Progress(new PrintStream(err, true, StandardCharsets.UTF_8), "redrive", 4, true)) {
            shown.to(2);
            shown.to(4);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("redrive [###############...............]  50 % 2 of 4")
                .contains("100 % 4 of 4")
                .endsWith(System.lineSeparator());
    }

    @Test
    void spansHaveTwoDigitsThatMatter() {
        assertThat(List.of(
                        Spans.ofUs(950),
                        Spans.ofUs(1_500),
                        Spans.ofMs(12_000),
                        Spans.ofMs(125_000),
                        Spans.ofMs(90_000_000)))
                .containsExactly("950 us", "1.5 ms", "12 s", "2m05s", "1d01h");
    }
}
