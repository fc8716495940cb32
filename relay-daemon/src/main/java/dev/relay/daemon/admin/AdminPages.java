package dev.relay.daemon.admin;

import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What the admin server answers: a path to a page. Read only. Called by the admin thread; pages complete on the core's or the admin thread. */
final class AdminPages {
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final int DEAD_LETTERS = 100;
    private static final int MAX_DEAD_LETTERS = 1_000;

    private final CoreView core;
    private final Meters meters;

    /** One answer. */
    record Page(int status, String contentType, String body) {}

    AdminPages(CoreView core, Meters meters) {
        this.core = core;
        this.meters = meters;
    }

    CompletableFuture<Page> page(String path, Map<String, List<String>> query) {
        return switch (path) {
            case "/livez" ->
                core.fresh()
                        .thenApply(facts -> new Page(200, TEXT, "live\n"))
                        .exceptionally(e -> new Page(503, TEXT, "the core does not answer\n"));
            case "/readyz" -> health().thenApply(AdminPages::ready);
            case "/health" -> health().thenApply(h -> new Page(200, JSON, Json.write(h.asJson())));
            case "/metrics" -> core.fresh().handle((facts, failure) -> new Page(200, PROMETHEUS, meters.scrape()));
            case "/status" ->
                core.fresh()
                        .thenApply(AdminPages::status)
                        .exceptionally(e -> new Page(503, TEXT, "the core does not answer\n"));
            case "/dlq" -> deadLetters(query);
            default ->
                CompletableFuture.completedFuture(
                        new Page(404, TEXT, "no such page; there are /metrics /livez /readyz /health /status /dlq\n"));
        };
    }

    private CompletableFuture<Health> health() {
        return core.fresh().thenApply(Health::of).exceptionally(e -> Health.stuck());
    }

    private static Page ready(Health health) {
        return health.isReady()
                ? new Page(200, TEXT, "ready\n")
                : new Page(503, TEXT, "not ready: " + Json.write(health.asJson()) + "\n");
    }

    private static Page status(BusSnapshot facts) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", facts.version());
        json.put("store_uuid", facts.storeUuid());
        json.put("boot_no", facts.bootNo());
        json.put("uptime_ms", facts.uptimeMs());
        json.put("store", facts.store().name());
        json.put("sessions", facts.sessions());
        json.put("lanes", facts.lanes());
        json.put("queued", facts.queuedMessages());
        json.put("unacked", facts.unackedMessages());
        json.put("dead_letters", facts.deadLetters());
        return new Page(200, JSON, Json.write(json));
    }

    private CompletableFuture<Page> deadLetters(Map<String, List<String>> query) {
        long after = number(query, "after", 0, Long.MAX_VALUE);
        int limit = (int) number(query, "limit", DEAD_LETTERS, MAX_DEAD_LETTERS);
        if (after < 0 || limit < 1) {
            return CompletableFuture.completedFuture(new Page(
                    400, TEXT, "after is a whole number from 0, limit one from 1 to " + MAX_DEAD_LETTERS + "\n"));
        }
        return core.deadLetters(after, limit)
                .thenApply(rows -> new Page(
                        200,
                        JSON,
                        Json.write(Map.of(
                                "dead_letters",
                                rows.stream().map(AdminPages::row).toList()))))
                .exceptionally(e -> new Page(503, TEXT, "the store does not answer\n"));
    }

    /** No payload: it may hold what monitors must not see. */
    private static Map<String, Object> row(DeadLetterRow dead) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("no", dead.no());
        json.put("id", new UUID(dead.idMsb(), dead.idLsb()).toString());
        json.put("sender", dead.sender());
        json.put("target", dead.target());
        json.put("class", dead.laneClass());
        json.put("epoch", dead.epoch());
        json.put("seq", dead.seq());
        json.put("kind", dead.kind());
        json.put("reason", reason(dead.reason()));
        json.put("attempts", dead.attempts());
        json.put("first_at_ms", dead.firstAtMs());
        json.put("dead_at_ms", dead.deadAtMs());
        json.put("error", dead.error());
        json.put("bytes", dead.bytes());
        return json;
    }

    private static String reason(int number) {
        DeadLetterReason reason = DeadLetterReason.byNumber(number);
        return reason == null ? Integer.toString(number) : reason.name();
    }

    private static long number(Map<String, List<String>> query, String key, long fallback, long max) {
        List<String> given = query.get(key);
        if (given == null) {
            return fallback;
        }
        String text = given.get(0);
        return text.matches("[0-9]{1,18}") ? Math.min(Long.parseLong(text), max) : -1;
    }
}
