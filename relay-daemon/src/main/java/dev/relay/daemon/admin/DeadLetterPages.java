package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters over HTTP: {@code GET /dlq} with the filters of {@code dlq.ls}, {@code GET /dlq/stats}, {@code GET /dlq/NO} (operators only:
 * it has the payload), {@code POST /dlq/NO/redrive} and {@code /drop}. The core's operations do the work. Admin thread.
 */
final class DeadLetterPages {
    private static final Pattern ONE = Pattern.compile("/dlq/([0-9]{1,18})(/redrive|/drop)?");
    private static final Set<String> NUMBERS = Set.of("after", "limit", "min_age_ms", "max_age_ms", "offset");
    private static final Set<String> TEXTS = Set.of("reason", "sender", "target");

    private final CoreView core;

    DeadLetterPages(CoreView core) {
        this.core = core;
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query, boolean isOperator) {
        Matcher one = ONE.matcher(path);
        boolean isOne = one.matches() && one.group(2) == null;
        if (!isOne && !path.equals("/dlq") && !path.equals("/dlq/stats")) {
            return null;
        }
        Map<String, @Nullable Object> request = new HashMap<>();
        for (Map.Entry<String, List<String>> given : query.entrySet()) {
            String mistake = take(request, given.getKey(), given.getValue().get(0));
            if (mistake != null) {
                return Page.now(400, mistake);
            }
        }
        if (!isOne) {
            return CorePages.run(core, path.equals("/dlq") ? "dlq.ls" : "dlq.stats", request);
        }
        if (!isOperator) {
            return Page.now(401, "a payload is for operators: send the admin token as Authorization: Bearer");
        }
        request.put("no", Long.parseLong(one.group(1)));
        return CorePages.run(core, "dlq.show", request);
    }

    @Nullable
    CompletableFuture<Page> post(String path) {
        Matcher one = ONE.matcher(path);
        if (!one.matches() || one.group(2) == null) {
            return null;
        }
        String op = "dlq." + one.group(2).substring(1);
        return CorePages.run(core, op, Map.of("no", Long.parseLong(one.group(1))));
    }

    private static @Nullable String take(Map<String, @Nullable Object> request, String key, String value) {
        if (NUMBERS.contains(key)) {
            if (!value.matches("[0-9]{1,18}")) {
                return key + " is a whole number from 0";
            }
            request.put(key, Long.parseLong(value));
        } else if (TEXTS.contains(key)) {
            request.put(key, value);
        } else {
            return "unknown parameter; there are " + NUMBERS + " and " + TEXTS;
        }
        return null;
    }
}
