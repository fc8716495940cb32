package dev.relay.cli;

import dev.relay.protocol.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Data on standard output: one JSON document a line, or aligned columns. One thread. */
final class Output {
    private final PrintWriter out;
    private final boolean isJson;

    Output(PrintWriter out, boolean isJson) {
        this.out = out;
        this.isJson = isJson;
    }

    boolean isJson() {
        return isJson;
    }

    /** One object: a JSON line, or a {@code key value} line each. */
    void object(Map<String, ? extends @Nullable Object> fields) {
        if (isJson) {
            json(fields);
            return;
        }
        int width = fields.keySet().stream().mapToInt(String::length).max().orElse(0);
        fields.forEach((key, value) -> line(pad(key, width) + "  " + text(value)));
    }

    /** Rows of one shape: a JSON array, or a table of the named columns. */
    void rows(List<String> columns, List<? extends Map<?, ?>> rows) {
        if (isJson) {
            json(rows);
            return;
        }
        List<List<String>> cells = new ArrayList<>();
        cells.add(columns);
        rows.forEach(row ->
                cells.add(columns.stream().map(column -> text(row.get(column))).toList()));
        for (List<String> row : cells) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns.size(); c++) {
                line.append(pad(row.get(c), width(cells, c) + 2));
            }
            line(line.toString().stripTrailing());
        }
    }

    void json(@Nullable Object value) {
        line(Json.write(value));
    }

    void line(String text) {
        out.println(text);
        out.flush();
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
