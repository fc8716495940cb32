package dev.relay.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Lists of rows in the daemon's answers. Keeps nothing. */
final class Rows {
    /** The rows under the key; none when there is no list. */
    @SuppressWarnings("unchecked")
    static List<Map<String, @Nullable Object>> of(Map<String, @Nullable Object> answer, String key) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        if (answer.get(key) instanceof List<?> found) {
            found.forEach(row -> rows.add((Map<String, @Nullable Object>) row));
        }
        return rows;
    }

    /** Those of all pages: asks again {@code after} what the last row has under {@code name}, while there are more. */
    static List<Map<String, @Nullable Object>> all(
            Relay relay, String op, Map<String, ?> asked, String key, String name) {
        Map<String, Object> arguments = new TreeMap<>(asked);
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        boolean isMore = true;
        while (isMore) {
            Map<String, @Nullable Object> page = relay.control(op, arguments);
            List<Map<String, @Nullable Object>> rows = of(page, key);
            all.addAll(rows);
            isMore = !rows.isEmpty() && Boolean.TRUE.equals(page.get("more"));
            if (isMore) {
                arguments.put("after", String.valueOf(rows.get(rows.size() - 1).get(name)));
            }
        }
        return all;
    }

    private Rows() {}
}
