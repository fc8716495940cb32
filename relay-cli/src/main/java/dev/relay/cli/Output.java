package dev.relay.cli;

import dev.relay.protocol.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Data on standard output in the form that was asked for. One thread. */
final class Output {
    /** Cells of a table are cut here; {@code wide} shows them whole. */
    private static final int MAX_CELL = 60;

    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    /** How data is written. */
    enum Format {
        /** Aligned columns, the main ones; long cells are cut. */
        table,
        /** Every column, nothing cut. */
        wide,
        /** One JSON document. */
        json,
        /** One JSON document a row. */
        jsonl,
        /** A heading and a line a row, quoted as in RFC 4180. */
        csv
    }

    private final PrintWriter out;
    private final Format format;
    private final RowFilter filter;
    private final boolean isBold;

    Output(PrintWriter out, Format format, RowFilter filter, boolean isBold) {
        this.out = out;
        this.format = format;
        this.filter = filter;
        this.isBold = isBold;
    }

    boolean isJson() {
        return format == Format.json || format == Format.jsonl;
    }

    /** One object: a JSON line, a heading with one row, or a {@code key value} line each. */
    void object(Map<String, ? extends @Nullable Object> fields) {
        if (isJson()) {
            json(fields);
            return;
        }
        if (format == Format.csv) {
            csv(List.copyOf(fields.keySet()), List.of(fields));
            return;
        }
        Map<String, String> lines = new LinkedHashMap<>();
        fields.forEach((key, value) -> flatten(lines, key, value));
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        lines.forEach((key, value) -> line(pad(key, width) + "  " + value));
    }

    /** What counts nothing is left out of a table, so that the rest can be seen. */
    private void flatten(Map<String, String> lines, String key, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            lines.put(key, text(value));
            return;
        }
        if (map.isEmpty()) {
            lines.put(key, "-");
        }
        map.forEach((name, inner) -> {
            boolean isZero = inner instanceof Number number && number.doubleValue() == 0;
            if (format == Format.wide || !isZero) {
                lines.put(key + "." + name, text(inner));
            }
        });
    }

    /** Rows of one shape: the named columns, and in {@code wide} and the machine's forms all others too. */
    void rows(List<String> columns, List<? extends Map<?, ?>> all) {
        List<? extends Map<?, ?>> rows = all.stream().filter(filter::matches).toList();
        switch (format) {
            case json -> json(rows);
            case jsonl -> rows.forEach(this::json);
            case csv -> csv(every(columns, rows), rows);
            case wide -> table(every(columns, rows), rows);
            case table -> table(columns, rows);
        }
    }

    /** A heading of a part, in tables only. */
    void heading(String text) {
        if (format == Format.table || format == Format.wide) {
            line(isBold ? BOLD + text + PLAIN : text);
        }
    }

    private static List<String> every(List<String> columns, List<? extends Map<?, ?>> rows) {
        Set<String> names = new LinkedHashSet<>(columns);
        rows.forEach(row -> row.keySet().forEach(key -> names.add(String.valueOf(key))));
        return List.copyOf(names);
    }

    private void table(List<String> columns, List<? extends Map<?, ?>> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(columns);
        rows.forEach(row -> cells.add(
                columns.stream().map(column -> cell(text(row.get(column)))).toList()));
        for (int r = 0; r < cells.size(); r++) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns.size(); c++) {
                line.append(pad(cells.get(r).get(c), width(cells, c) + 2));
            }
            String text = line.toString().stripTrailing();
            line(r == 0 && isBold ? BOLD + text + PLAIN : text);
        }
    }

    private void csv(List<String> columns, List<? extends Map<?, ?>> rows) {
        line(String.join(",", columns.stream().map(Output::quoted).toList()));
        for (Map<?, ?> row : rows) {
            line(String.join(
                    ",",
                    columns.stream()
                            .map(column -> row.get(column) == null ? "" : quoted(text(row.get(column))))
                            .toList()));
        }
    }

    private static String quoted(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + text.replace("\"", "\"\"") + '"'
                : text;
    }

    void json(@Nullable Object value) {
        line(Json.write(value));
    }

    void line(String text) {
        out.println(text);
        out.flush();
    }

    private String cell(String text) {
        String oneLine = Plain.line(text);
        return format == Format.wide || oneLine.length() <= MAX_CELL
                ? oneLine
                : oneLine.substring(0, MAX_CELL - 1) + "…";
    }

    private static int width(List<List<String>> cells, int column) {
        return cells.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String text(@Nullable Object value) {
        if (value == null) {
            return "-";
        }
        return value instanceof Map || value instanceof Iterable ? Json.write(value) : value.toString();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
