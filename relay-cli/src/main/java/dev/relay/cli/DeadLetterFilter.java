package dev.relay.cli;

import dev.relay.client.Relay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which dead letters a command is about: the filters of {@code dlq.ls}, read page by page. */
final class DeadLetterFilter {
    private static final int PAGE = 500;

    @Option(names = "--reason", description = "Only those that died of this, such as MAX_ATTEMPTS.")
    @Nullable
    String reason;

    @Option(names = "--sender", paramLabel = "NAME", description = "Only those that this agent sent.")
    @Nullable
    String sender;

    @Option(
            names = {"--target", "--recipient"},
            paramLabel = "NAME",
            description = "Only those for this agent.")
    @Nullable
    String target;

    @Option(names = "--older-than", paramLabel = "DURATION", description = "Only those dead for longer, such as 24h.")
    @Nullable
    Duration olderThan;

    @Option(names = "--newer-than", paramLabel = "DURATION", description = "Only those dead for less, such as 10m.")
    @Nullable
    Duration newerThan;

    boolean isEmpty() {
        return arguments().isEmpty();
    }

    /** Up to {@code limit} rows with numbers above {@code after}, oldest first. */
    List<Map<?, ?>> rows(Relay relay, long after, int limit) {
        List<Map<?, ?>> found = new ArrayList<>();
        long from = after;
        boolean more = true;
        while (more && found.size() < limit) {
            Map<String, Object> arguments = arguments();
            arguments.put("after", from);
            arguments.put("limit", Math.min(PAGE, limit - found.size()));
            Map<String, @Nullable Object> page = relay.control("dlq.ls", arguments);
            found.addAll(Rows.of(page.get("dead_letters")));
            more = Boolean.TRUE.equals(page.get("more")) && page.get("next") instanceof Long;
            from = page.get("next") instanceof Long next ? next : from;
        }
        return found;
    }

    /** The number of a row. */
    static long number(Map<?, ?> row) {
        return row.get("no") instanceof Long no ? no : 0;
    }

    private Map<String, Object> arguments() {
        Map<String, Object> arguments = new LinkedHashMap<>();
        put(arguments, "reason", reason);
        put(arguments, "sender", sender);
        put(arguments, "target", target);
        put(arguments, "min_age_ms", olderThan == null ? null : olderThan.toMillis());
        put(arguments, "max_age_ms", newerThan == null ? null : newerThan.toMillis());
        return arguments;
    }

    private static void put(Map<String, Object> arguments, String key, @Nullable Object value) {
        if (value != null) {
            arguments.put(key, value);
        }
    }
}
