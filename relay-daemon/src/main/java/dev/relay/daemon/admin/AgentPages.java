package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Agents over HTTP: {@code GET /agents/NAME/health} and {@code /metrics}, {@code GET /breakers}, {@code /groups} and {@code /groups/NAME};
 * with the admin token {@code POST /agents/NAME/pause}, {@code /resume}, {@code /reset-breaker}, {@code /restart}, {@code /command/COMMAND}
 * with {@code args}, a JSON object, and {@code POST /emergency-stop}. Nothing new can be started here. The core's operations do the work.
 * Admin thread.
 */
final class AgentPages {
    private static final Pattern ONE = Pattern.compile(
            "/agents/([a-z0-9][a-z0-9._-]{0,63})/(health|metrics|pause|resume|reset-breaker|restart|command/([A-Za-z0-9._-]{1,64}))");
    private static final String GROUP = "/groups/";
    private static final Map<String, String> READS = Map.of("health", "agent.health", "metrics", "agent.metrics");
    private static final Map<String, String> WRITES =
            Map.of("pause", "pause", "resume", "resume", "reset-breaker", "breaker.reset");

    private static final long COMMAND_MS = 10_000;
    private static final long RESTART_MS = 60_000;

    private final CoreView core;

    AgentPages(CoreView core) {
        this.core = core;
    }

    /** Null when the path is none of these. */
    @Nullable
    CompletableFuture<Page> get(String path, Map<String, List<String>> query) {
        Map<String, @Nullable Object> request = CorePages.request(query);
        return switch (path) {
            case "/breakers" -> CorePages.run(core, "breaker.ls", request);
            case "/groups" -> CorePages.run(core, "group.ls", request);
            default -> path.startsWith(GROUP) ? group(path, request) : one(path, READS, request);
        };
    }

    @Nullable
    CompletableFuture<Page> post(String path, Map<String, List<String>> query) {
        Map<String, @Nullable Object> request = CorePages.request(query);
        if (path.equals("/emergency-stop")) {
            return CorePages.run(core, "emergency_stop", request);
        }
        Matcher one = ONE.matcher(path);
        return one.matches() && waits(one) ? command(one, request) : one(path, WRITES, request);
    }

    /** Whether the page may take as long as an agent does. */
    static boolean isSlow(String path) {
        Matcher one = ONE.matcher(path);
        return one.matches() && waits(one);
    }

    private static boolean waits(Matcher one) {
        return one.group(3) != null || one.group(2).equals("restart");
    }

    private CompletableFuture<Page> command(Matcher one, Map<String, @Nullable Object> request) {
        boolean isRestart = one.group(3) == null;
        long timeoutMs = isRestart ? RESTART_MS : COMMAND_MS;
        request.put("timeout_ms", timeoutMs);
        request.put("agent", isRestart ? "supervisor" : one.group(1));
        request.put("command", isRestart ? "restart" : one.group(3));
        try {
            String args = String.valueOf(request.getOrDefault("args", "{}"));
            request.put("args", isRestart ? Map.of("name", one.group(1)) : Json.object(args));
        } catch (JsonException e) {
            return Page.now(400, "args is a JSON object");
        }
        return CorePages.run(core, "agent.command", request, timeoutMs + CoreView.ANSWER_MS, AgentPages::outcome);
    }

    /** 200 for what was done only: an agent that failed is 502, one that did not answer 504. */
    private static Page outcome(CoreView.Outcome outcome) {
        Page page = CorePages.page(outcome);
        if (outcome.code() != null) {
            return page;
        }
        boolean isRefused =
                outcome.result().get("answer") instanceof Map<?, ?> answer && Boolean.FALSE.equals(answer.get("ok"));
        int status = switch (String.valueOf(outcome.result().get("outcome"))) {
            case "answered" -> isRefused ? 502 : 200;
            case "no_answer" -> 504;
            default -> 502;
        };
        return new Page(status, page.contentType(), page.body());
    }

    private CompletableFuture<Page> group(String path, Map<String, @Nullable Object> request) {
        request.put("group", path.substring(GROUP.length()));
        return CorePages.run(core, "group.get", request);
    }

    private @Nullable CompletableFuture<Page> one(
            String path, Map<String, String> operations, Map<String, @Nullable Object> request) {
        Matcher one = ONE.matcher(path);
        String op = one.matches() ? operations.get(one.group(2)) : null;
        if (op == null) {
            return null;
        }
        request.put("agent", one.group(1));
        return CorePages.run(core, op, request);
    }
}
