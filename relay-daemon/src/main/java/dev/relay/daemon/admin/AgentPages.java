package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Agents over HTTP: {@code GET /agents/NAME/health} and {@code /metrics}, {@code GET /breakers}, {@code /groups} and {@code /groups/NAME}; with the admin token {@code POST /agents/NAME/pause}, {@code /resume},
 * {@code /reset-breaker} and {@code POST /emergency-stop}. Nothing can be started here. The core's operations do the work. Admin thread.
 */
final class AgentPages {
    private static final Pattern ONE =
            Pattern.compile("/agents/([a-z0-9][a-z0-9._-]{0,63})/(health|metrics|pause|resume|reset-breaker)");
    private static final String GROUP = "/groups/";
    private static final Map<String, String> READS = Map.of("health", "agent.health", "metrics", "agent.metrics");
    private static final Map<String, String> WRITES =
            Map.of("pause", "pause", "resume", "resume", "reset-breaker", "breaker.reset");

    private final CoreView core;

    AgentPages(CoreView core) {
        this.core = core;
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query) {
        return switch (path) {
            case "/breakers" -> run("breaker.ls", request(query));
            case "/groups" -> run("group.ls", request(query));
            default -> path.startsWith(GROUP) ? group(path, request(query)) : one(path, READS, request(query));
        };
    }

    @Nullable
    CompletableFuture<Page> post(String path, Map<String, List<String>> query) {
        return path.equals("/emergency-stop")
                ? run("emergency_stop", request(query))
                : one(path, WRITES, request(query));
    }

    private CompletableFuture<Page> group(String path, Map<String, @Nullable Object> request) {
        request.put("group", path.substring(GROUP.length()));
        return run("group.get", request);
    }

    private @Nullable CompletableFuture<Page> one(
            String path, Map<String, String> operations, Map<String, @Nullable Object> request) {
        Matcher one = ONE.matcher(path);
        String op = one.matches() ? operations.get(one.group(2)) : null;
        if (op == null) {
            return null;
        }
        request.put("agent", one.group(1));
        return run(op, request);
    }

    private static Map<String, @Nullable Object> request(Map<String, List<String>> query) {
        Map<String, @Nullable Object> request = new HashMap<>();
        query.forEach((key, values) -> request.put(key, values.get(0)));
        return request;
    }

    private CompletableFuture<Page> run(String op, Map<String, @Nullable Object> request) {
        return core.operate(DeadLetterPages.WHO, op, request)
                .thenApply(DeadLetterPages::page)
                .exceptionally(e -> Page.text(503, "the core does not answer; the outcome is not known"));
    }
}
