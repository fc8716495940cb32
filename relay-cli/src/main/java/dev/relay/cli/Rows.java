package dev.relay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a list of objects out of a control reply. */
final class Rows {
    static List<Map<?, ?>> of(@Nullable Object list) {
        List<Map<?, ?>> rows = new ArrayList<>();
        if (list instanceof List<?> values) {
            for (Object value : values) {
                if (value instanceof Map<?, ?> row) {
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private Rows() {}
}
