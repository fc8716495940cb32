package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads lists of objects out of control replies. */
final class Rows {
    /** All of a list that the daemon gives page by page, each {@code after} the key of the last row before. */
    static List<Map<?, ?>> pages(
            Relay relay, String op, Map<String, ?> arguments, String list, Function<Map<?, ?>, String> key) {
        List<Map<?, ?>> all = new ArrayList<>();
        Map<String, Object> asked = new HashMap<>(arguments);
        asked.put("after", "");
        Map<String, ?> page;
        do {
            page = relay.control(op, asked);
            all.addAll(of(page.get(list)));
            asked.put("after", all.isEmpty() ? "" : key.apply(all.get(all.size() - 1)));
        } while (Boolean.TRUE.equals(page.get("more")));
        return all;
    }

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
