package dev.relay.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows that all agents of a namespace share: the last values of a name, bounded in count and bytes, for those who join. In the daemon's
 * memory: a restart of it empties them. Safe for any thread; calls throw {@link RelayRefused} (BAD_NAME, NOT_FOUND, TOO_LARGE,
 * UNAUTHORIZED) or {@link RelayTimeout}.
 */
public final class Windows {
    /** One value; {@code no} rises by one in its window. */
    public record Entry(
            long no, long atMs, String by, @Nullable Object value) {}

    private final Relay relay;

    Windows(Relay relay) {
        this.relay = relay;
    }

    /** Appends in this order and returns the number of the last; the oldest leave at the bounds. A window is made by its first value. */
    public long append(String window, @Nullable Object... values) {
        List<@Nullable Object> list = new ArrayList<>(Arrays.asList(values));
        Object no = relay.control("window.append", Map.of("window", window, "values", list))
                .get("no");
        return no instanceof Long number ? number : 0;
    }

    /** The last values, oldest first. */
    public List<Entry> read(String window, int last) {
        List<Entry> entries = new ArrayList<>();
        Map<String, @Nullable Object> page =
                relay.control("window.read", Map.of("window", window, "last", (long) last));
        while (true) {
            if (page.get("values") instanceof List<?> rows) {
                rows.forEach(row -> add(entries, row));
            }
            if (!Boolean.TRUE.equals(page.get("more")) || entries.isEmpty()) {
                return entries;
            }
            long after = entries.get(entries.size() - 1).no;
            page = relay.control("window.read", Map.of("window", window, "after", after));
        }
    }

    private static void add(List<Entry> entries, @Nullable Object row) {
        if (row instanceof Map<?, ?> map && map.get("no") instanceof Long no && map.get("at_ms") instanceof Long atMs) {
            entries.add(new Entry(no, atMs, String.valueOf(map.get("by")), map.get("value")));
        }
    }

    /** Bounds of a window: 1 to 10,000 values, 1 to 4 MiB of JSON; else BAD_REQUEST. */
    public void set(String window, int count, int bytes) {
        relay.control("window.set", Map.of("window", window, "count", (long) count, "bytes", (long) bytes));
    }
}
