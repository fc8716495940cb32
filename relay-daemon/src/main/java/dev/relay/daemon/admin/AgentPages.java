package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.protocol.Json;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Agents over HTTP: {@code GET /agents}, {@code GET /agents/NAME/health} and {@code /metrics}, {@code GET /breakers}; with the admin token {@code POST /agents/NAME/pause}, {@code /resume},
 * {@code /reset-breaker} and {@code POST /emergency-stop}. Nothing can be started here. The core's operations do the work. Admin thread.
 */
final class AgentPages {
    private static final Pattern ONE =
            Pattern.compile("/agents/([a-z0-9][a-z0-9._-]{0,63})/(health|metrics|pause|resume|reset-breaker)");
    private static final Map<String, String> READS = Map.of("health", "agent.health", "metrics", "agent.metrics");
    private static final Map<String, String> WRITES =
            Map.of("pause", "pause", "resume", "resume", "reset-breaker", "breaker.reset");
    private static final int MAX_ROWS = 1_000;

    private final CoreView core;

    AgentPages(CoreView core) {
        this.core = core;
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query) {
        if (path.equals("/agents")) {
            return core.fresh()
                    .thenApply(AgentPages::list)
                    .exceptionally(e -> Page.text(503, "the core does not answer"));
        }
        return path.equals("/breakers") ? run("breaker.ls", request(query)) : one(path, READS, request(query));
    }

    @Nullable
    CompletableFuture<Page> post(String path, Map<String, List<String>> query) {
        return path.equals("/emergency-stop")
                ? run("emergency_stop", request(query))
                : one(path, WRITES, request(query));
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

    private static Page list(BusSnapshot facts) {
        List<Map<String, Object>> rows =
                facts.agents().stream().limit(MAX_ROWS).map(AgentPages::row).toList();
        return new Page(
                200,
                AdminPages.JSON,
                Json.write(Map.of("agents", rows, "more", facts.agents().size() > MAX_ROWS)));
    }

    private static Map<String, Object> row(BusSnapshot.AgentFacts f) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("namespace", f.namespace());
        json.put("name", f.name());
        json.put("connected", f.connected());
        json.put("queued", f.queued());
        json.put("unacked", f.unacked());
        json.put("dead", f.dead());
        json.put("pid", (long) f.pid());
        return json;
    }
}
