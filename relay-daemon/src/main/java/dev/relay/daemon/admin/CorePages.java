package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import dev.relay.daemon.admin.CoreView.Outcome;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Operations of the core as pages: what was asked becomes a request, its result JSON, its code a status. The audit names {@value #WHO}. Called by
 * the admin thread; pages complete on the core's.
 */
final class CorePages {
    static final String WHO = "admin-http";

    /** The parameters of a query as a request; of one that is given twice, the first. */
    static Map<String, @Nullable Object> request(Map<String, List<String>> query) {
        Map<String, @Nullable Object> request = new HashMap<>();
        query.forEach((key, values) -> request.put(key, values.get(0)));
        return request;
    }

    static CompletableFuture<Page> run(CoreView core, String op, Map<String, @Nullable Object> request) {
        return run(core, op, request, CoreView.ANSWER_MS, CorePages::page);
    }

    /** The same for an operation that may take longer, or whose result is not all of its outcome. */
    static CompletableFuture<Page> run(
            CoreView core,
            String op,
            Map<String, @Nullable Object> request,
            long answerMs,
            Function<Outcome, Page> page) {
        return core.operate(WHO, op, request, answerMs)
                .thenApply(page)
                .exceptionally(e -> Page.text(503, "the core does not answer; the outcome is not known"));
    }

    static Page page(Outcome outcome) {
        ErrorCode code = outcome.code();
        if (code == null) {
            return new Page(200, AdminPages.JSON, Json.write(outcome.result()));
        }
        int status = switch (code) {
            case NOT_FOUND -> 404;
            case BAD_REQUEST -> 400;
            case UNAUTHORIZED -> 403;
            default -> 503;
        };
        Map<String, Object> error = Map.of("code", code.name(), "number", code.number(), "message", outcome.message());
        return new Page(status, AdminPages.JSON, Json.write(error));
    }

    private CorePages() {}
}
