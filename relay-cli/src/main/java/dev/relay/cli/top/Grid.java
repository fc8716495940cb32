package dev.relay.cli.top;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A table that knows its columns: those that every row can have, those that show when a row has them, and at the right whatever else is told, as far as there is room. Sorted by one column,
 * filtered by any text in a row. Immutable.
 */
final class Grid {
    /** One column; {@code isOptional}: only when some row has a value. */
    record Column(String title, int width, boolean isNumber, boolean isOptional, Function<Map<?, ?>, String> text) {
        static Column text(String title, int width, String key) {
            return new Column(title, width, false, false, row -> string(row.get(key)));
        }

        static Column number(String title, int width, String key) {
            return new Column(title, width, true, false, row -> string(row.get(key)));
        }

        Column optional() {
            return new Column(title, width, isNumber, true, text);
        }

        Column as(Function<Map<?, ?>, String> other) {
            return new Column(title, width, isNumber, isOptional, other);
        }

        Column wide(int other) {
            return new Column(title, other, isNumber, isOptional, text);
        }
    }

    private final List<Column> columns;
    private final List<Map<?, ?>> rows;

    private Grid(List<Column> columns, List<Map<?, ?>> rows) {
        this.columns = columns;
        this.rows = rows;
    }

    /**
     * What there is to show.
     *
     * @param known keys that the columns show already, or that nobody wants to see
     */
    static Grid of(List<Column> all, Set<String> known, List<Map<?, ?>> rows, Keys keys) {
        List<Column> columns = new ArrayList<>(
                all.stream().filter(c -> !c.isOptional() || has(rows, c)).toList());
        Set<String> others = new LinkedHashSet<>();
        rows.forEach(row -> row.forEach((key, value) -> {
            if (!known.contains(String.valueOf(key)) && isPlain(value)) {
                others.add(String.valueOf(key));
            }
        }));
        others.forEach(key -> columns.add(Column.text(key.toUpperCase(Locale.ROOT), Math.max(6, key.length()), key)));
        List<Map<?, ?>> chosen = new ArrayList<>(rows.stream()
                .filter(row -> matches(row, columns, keys.filter()))
                .toList());
        if (!columns.isEmpty()) {
            Column by = columns.get(Math.floorMod(keys.sort(), columns.size()));
            // Numbers: the largest first; names: from A.
            Comparator<Map<?, ?>> order =
                    by.isNumber() ? Grid.<Map<?, ?>>byNumber(by).reversed() : Comparator.comparing(by.text());
            chosen.sort(keys.isReversed() ? order.reversed() : order);
        }
        return new Grid(columns, chosen);
    }

    private static <T extends Map<?, ?>> Comparator<T> byNumber(Column by) {
        return Comparator.comparing(row -> decimal(by.text().apply(row)));
    }

    private static BigDecimal decimal(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return BigDecimal.valueOf(Long.MIN_VALUE);
        }
    }

    private static boolean has(List<Map<?, ?>> rows, Column column) {
        return rows.stream().anyMatch(row -> !column.text().apply(row).isEmpty());
    }

    private static boolean isPlain(@Nullable Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean;
    }

    private static boolean matches(Map<?, ?> row, List<Column> columns, String filter) {
        return filter.isEmpty()
                || columns.stream()
                        .anyMatch(c ->
                                c.text().apply(row).toLowerCase(Locale.ROOT).contains(filter));
    }

    int size() {
        return rows.size();
    }

    String sortedBy(Keys keys) {
        return columns.isEmpty()
                ? ""
                : columns.get(Math.floorMod(keys.sort(), columns.size()))
                        .title()
                        .toLowerCase(Locale.ROOT);
    }

    /** Heading and rows from {@code from} on, {@code height} lines at most. */
    List<String> lines(int from, int height, int width) {
        List<String> lines = new ArrayList<>();
        List<Column> fitting = fitting(width);
        lines.add(line(fitting, column -> column.title()));
        rows.stream()
                .skip(from)
                .limit(Math.max(0, height - 1))
                .forEach(row -> lines.add(line(fitting, column -> column.text().apply(row))));
        return lines;
    }

    /** As many columns as there is room for; what is left over goes to the first, up to the longest of its texts. */
    private List<Column> fitting(int width) {
        List<Column> fitting = new ArrayList<>();
        int left = width + 1;
        for (Column column : columns) {
            if (column.width() + 1 > left) {
                break;
            }
            left -= column.width() + 1;
            fitting.add(column);
        }
        if (!fitting.isEmpty()) {
            fitting.set(0, widened(fitting.get(0), left));
        }
        return fitting;
    }

    private Column widened(Column first, int left) {
        int longest = rows.stream()
                .mapToInt(row -> first.text().apply(row).length())
                .max()
                .orElse(0);
        return first.wide(Math.max(first.width(), Math.min(longest, first.width() + left)));
    }

    private static String line(List<Column> columns, Function<Column, String> cell) {
        StringBuilder line = new StringBuilder();
        for (Column column : columns) {
            String text = View.cut(cell.apply(column), column.width());
            String gap = " ".repeat(column.width() - text.length());
            line.append(column.isNumber() ? gap + text : text + gap).append(' ');
        }
        return line.toString().stripTrailing();
    }

    static String string(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
