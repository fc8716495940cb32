package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads lists of objects out of control replies. */
public final class Rows {
    /** Of all namespaces for an operator, else of our own; no more pages once so many are read. */
    public static List<Map<?, ?>> agents(Relay relay, int enough) {
        return pages(relay, "agents", Map.of("namespace", "*"), "agents", Rows::agentKey, enough);
    }

    private static String agentKey(Map<?, ?> agent) {
        return agent.get("namespace") + "/" + agent.get("name");
    }

    /** All of a list that the daemon gives page by page, each {@code after} the key of the last row before. */
    static List<Map<?, ?>> pages(
            Relay relay, String op, Map<String, ?> arguments, String list, Function<Map<?, ?>, String> key) {
        return pages(relay, op, arguments, list, key, Integer.MAX_VALUE);
    }

    private static List<Map<?, ?>> pages(
            Relay relay,
            String op,
            Map<String, ?> arguments,
            String list,
            Function<Map<?, ?>, String> key,
            int enough) {
        List<Map<?, ?>> all = new ArrayList<>();
        Map<String, Object> asked = new HashMap<>(arguments);
        asked.put("after", "");
        Map<String, ?> page;
        do {
            page = relay.control(op, asked);
            all.addAll(of(page.get(list)));
            asked.put("after", all.isEmpty() ? "" : key.apply(all.get(all.size() - 1)));
        } while (Boolean.TRUE.equals(page.get("more")) && all.size() < enough);
        return all;
    }

    public static List<Map<?, ?>> of(@Nullable Object list) {
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
