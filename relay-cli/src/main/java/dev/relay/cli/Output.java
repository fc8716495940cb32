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
        Map<String, @Nullable Object> lines = new LinkedHashMap<>();
        fields.forEach((key, value) -> flatten(lines, key, value));
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        Map<String, List<Map<?, ?>>> tables = new LinkedHashMap<>();
        lines.forEach((key, value) -> {
            List<Map<?, ?>> rows = Rows.of(value);
            if (rows.isEmpty()) {
                line(pad(key, width) + "  " + shown(value));
            } else {
                tables.put(key, rows);
            }
        });
        tables.forEach((key, rows) -> {
            heading(key + ":");
            table(List.copyOf(every(List.of(), rows)), rows, true);
        });
    }

    /** What counts nothing is left out of a table, so that the rest can be seen. */
    private void flatten(Map<String, @Nullable Object> lines, String key, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map) || map.isEmpty()) {
            lines.put(key, value);
            return;
        }
        map.forEach((name, inner) -> {
            boolean isZero = inner instanceof Number number && number.doubleValue() == 0;
            if (format == Format.wide || !isZero) {
                lines.put(key + "." + name, inner);
            }
        });
    }

    /** Rows of one shape: the named columns, and in {@code wide} and the machine's forms all others too. */
    void rows(List<String> columns, List<? extends Map<?, ?>> all) {
        if (!all.isEmpty()) {
            filter.check(every(columns, all));
        }
        List<? extends Map<?, ?>> rows = all.stream().filter(filter::matches).toList();
        switch (format) {
            case json -> json(rows);
            case jsonl -> rows.forEach(this::json);
            case csv -> csv(List.copyOf(every(columns, rows)), rows);
            case wide -> table(List.copyOf(every(columns, rows)), rows, true);
            case table -> table(columns, rows, false);
        }
    }

    /** A heading of a part, in tables only. */
    void heading(String text) {
        if (format == Format.table || format == Format.wide) {
            line(isBold ? BOLD + text + PLAIN : text);
        }
    }

    private static Set<String> every(List<String> columns, List<? extends Map<?, ?>> rows) {
        Set<String> names = new LinkedHashSet<>(columns);
        rows.forEach(row -> row.keySet().forEach(key -> names.add(String.valueOf(key))));
        return names;
    }

    private void table(List<String> columns, List<? extends Map<?, ?>> rows, boolean isWhole) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(columns);
        rows.forEach(row -> cells.add(columns.stream()
                .map(column -> cell(shown(row.get(column)), isWhole))
                .toList()));
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

    private static String cell(String text, boolean isWhole) {
        String oneLine = Plain.line(text);
        return isWhole || oneLine.length() <= MAX_CELL ? oneLine : oneLine.substring(0, MAX_CELL - 1) + "…";
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

    /** For people: what is empty can be seen. */
    private static String shown(@Nullable Object value) {
        String text = text(value);
        return text.isEmpty() || text.equals("[]") || text.equals("{}") ? "-" : text;
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
