package dev.relay.cli.bench;

import dev.relay.protocol.Json;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A report for people, one column a part and one line a figure, or for machines, one JSON line. Stateless. */
final class FigureTable {
    private static final int NAME = 36;
    private static final int LEAST = 13;

    static void print(Map<String, Object> report, boolean json) {
        System.out.println(json ? Json.write(report) : text(report).stripTrailing());
    }

    static String text(Map<String, Object> report) {
        StringBuilder text = new StringBuilder();
        Map<String, Map<?, ?>> parts = new LinkedHashMap<>();
        Set<Object> names = new LinkedHashSet<>();
        report.forEach((name, value) -> {
            if (value instanceof Map<?, ?> part) {
                parts.put(name, part);
                names.addAll(part.keySet());
            } else {
                line(text, name).append(value).append('\n');
            }
        });
        line(text, "");
        parts.keySet().forEach(part -> cell(text, part, part));
        text.append('\n');
        for (Object name : names) {
            line(text, String.valueOf(name));
            parts.forEach((part, figures) -> cell(text, part, figure(figures.get(name))));
            text.append('\n');
        }
        return text.toString();
    }

    private static StringBuilder line(StringBuilder text, String name) {
        return text.append(String.format(Locale.ROOT, "%-" + NAME + "s", name));
    }

    private static void cell(StringBuilder text, String part, String figure) {
        text.append(String.format(Locale.ROOT, " %" + Math.max(LEAST, part.length()) + "s", figure));
    }

    private static String figure(@Nullable Object figure) {
        if (figure instanceof Long || figure instanceof Integer) {
            return String.format(Locale.ROOT, "%,d", ((Number) figure).longValue());
        }
        if (figure instanceof Number number) {
            return String.format(Locale.ROOT, "%,.2f", number.doubleValue());
        }
        return figure == null ? "-" : figure.toString();
    }

    private FigureTable() {}
}
