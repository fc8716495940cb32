package dev.relay.daemon.admin;

import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.routing.HealthRules;
import dev.relay.protocol.HealthScore;
import dev.relay.protocol.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the admin server answers to GET: a path to a page. Called by the admin thread; pages complete on the core's or the admin thread. */
final class AdminPages {
    static final String JSON = "application/json";
    static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final CoreView core;
    private final Meters meters;
    private final Readiness readiness;
    private final DeadLetterPages deadLetters;
    private final AgentPages agents;
    private final TeamPages team;
    private final ConsolePages console;

    /** One answer. */
    record Page(int status, String contentType, String body) {
        static Page text(int status, String line) {
            return new Page(status, TEXT, line + "\n");
        }

        static CompletableFuture<Page> now(int status, String line) {
            return CompletableFuture.completedFuture(text(status, line));
        }
    }

    AdminPages(CoreView core, Meters meters, Readiness readiness) {
        this(core, meters, readiness, ConsoleContext.none());
    }

    AdminPages(CoreView core, Meters meters, Readiness readiness, ConsoleContext context) {
        this.console = new ConsolePages(core, context);
        this.core = core;
        this.meters = meters;
        this.readiness = readiness;
        this.deadLetters = new DeadLetterPages(core);
        this.agents = new AgentPages(core);
        this.team = new TeamPages(core);
    }

    /** {@code isOperator}: the request had the admin token. */
    CompletableFuture<Page> get(String path, Map<String, List<String>> query, boolean isOperator) {
        return switch (path) {
            case "/livez" ->
                core.fresh()
                        .thenApply(facts -> Page.text(200, "live"))
                        .exceptionally(e -> Page.text(503, "the core does not answer"));
            case "/readyz" -> core.fresh().thenApply(this::ready).exceptionally(e -> notReady("core_stuck"));
            case "/health" ->
                health().thenApply(h -> new Page(
                        200, JSON, Json.write(verbose(query) ? h.asVerboseJson(HealthRules.NAMES) : h.asJson())));
            case "/metrics" -> health().thenApply(h -> new Page(200, PROMETHEUS, meters.scrape(h, core.newest())));
            case "/status" ->
                core.fresh()
                        .thenApply(AdminPages::status)
                        .exceptionally(e -> Page.text(503, "the core does not answer"));
            default -> other(path, query, isOperator);
        };
    }

    private CompletableFuture<Page> other(String path, Map<String, List<String>> query, boolean isOperator) {
        CompletableFuture<Page> page = deadLetters.get(path, query, isOperator);
        page = page != null ? page : agents.get(path, query);
        page = page != null ? page : team.get(path, query, isOperator);
        return page != null ? page : orNone(console.get(path, query, isOperator));
    }

    /** What changes something; the caller is an operator. */
    CompletableFuture<Page> post(String path, Map<String, List<String>> query) {
        CompletableFuture<Page> page = deadLetters.post(path);
        page = page != null ? page : agents.post(path, query);
        return page != null ? page : orNone(console.post(path));
    }

    private static CompletableFuture<Page> orNone(@Nullable CompletableFuture<Page> page) {
        return page != null
                ? page
                : Page.now(
                        404,
                        "no such page; there are GET / /metrics /livez /readyz /health /status /events /agents /agents/NAME/health /agents/NAME/metrics /state /state/AGENT /proposals /proposals/NO /lanes /breakers /groups /groups/NAME"
                                + " /messages/ID /config /dlq /dlq/stats /dlq/NO /trading/books and POST /dlq/NO/redrive /dlq/NO/drop /agents/NAME/pause"
                                + " /agents/NAME/resume /agents/NAME/reset-breaker /agents/NAME/restart /agents/NAME/command/COMMAND /emergency-stop /trading/kill /trading/release");
    }

    private static boolean verbose(Map<String, List<String>> query) {
        return query.containsKey("verbose");
    }

    private CompletableFuture<HealthScore> health() {
        return core.fresh().thenApply(HealthRules::judge).exceptionally(e -> HealthRules.stuck());
    }

    private Page ready(BusSnapshot facts) {
        String missing = missing(facts);
        return missing.isEmpty() ? Page.text(200, "ready") : notReady(missing);
    }

    /** What keeps it from new work: it starts or stops, its socket is gone, or the store takes no new messages. */
    private String missing(BusSnapshot facts) {
        if (readiness.phase() != Readiness.Phase.SERVING) {
            return readiness.phase().name().toLowerCase(Locale.ROOT);
        }
        if (!facts.around().isSocketThere()) {
            return "socket_gone";
        }
        return switch (facts.store()) {
            case READY, RETRYING -> "";
            case FULL -> "storage_full";
            case FAILED -> "store_failed";
        };
    }

    private static Page notReady(String why) {
        return Page.text(503, "not ready: " + why);
    }

    private static Page status(BusSnapshot facts) {
        return new Page(200, JSON, Json.write(statusOf(facts)));
    }

    static Map<String, Object> statusOf(BusSnapshot facts) {
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
        return json;
    }
}
