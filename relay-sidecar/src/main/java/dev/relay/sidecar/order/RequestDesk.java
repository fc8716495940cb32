package dev.relay.sidecar.order;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Takes requests from any thread to the thread "orders" and answers each exactly once with a map, refusals included; the
 * future never fails. Cancels and questions go before places, the kill switch before everything. Bounded: places by
 * {@link PlaceAdmission}.
 */
final class RequestDesk {
    private final OrderConfig config;
    private final OrderClock clock;
    private final OrderLoop loop;
    private final OrderExecutor executor;
    private final KillGate gate;
    private final PlaceAdmission admission;
    private final OwedAnswers answers;
    private final Function<String, Map<String, Object>> limits;

    /** @param limits what bounds the new orders of an agent now; asked for on the thread "orders" */
    RequestDesk(
            OrderConfig config,
            OrderClock clock,
            OrderLoop loop,
            OrderExecutor executor,
            KillGate gate,
            PlaceAdmission admission,
            OwedAnswers answers,
            Function<String, Map<String, Object>> limits) {
        this.config = config;
        this.clock = clock;
        this.loop = loop;
        this.executor = executor;
        this.gate = gate;
        this.admission = admission;
        this.answers = answers;
        this.limits = limits;
    }

    CompletableFuture<Map<String, Object>> onRequest(
            String kind, String sender, byte[] messageId, Map<String, Object> body) {
        return switch (kind) {
            case OrderRequests.KILL -> kill(sender + ": " + body.getOrDefault("reason", ""));
            case OrderRequests.RELEASE -> release(sender + ": " + body.getOrDefault("reason", ""));
            case OrderRequests.LIMITS -> {
                CompletableFuture<Map<String, Object>> answer = answers.promise();
                yield onLoop(answer, () -> answer.complete(limits.apply(sender)));
            }
            default -> onOrder(kind, sender, messageId, body);
        };
    }

    private CompletableFuture<Map<String, Object>> onOrder(
            String kind, String sender, byte[] messageId, Map<String, Object> body) {
        OrderRequest request;
        try {
            long sentAtMs = clock.monotonicMs() - MessageAge.ms(messageId, clock.wallMs());
            request = OrderRequests.parse(kind, sender, messageId, body, sentAtMs);
        } catch (OrderRequests.BadRequest e) {
            return OwedAnswers.refused(RefusalCode.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
        boolean isExpress = request instanceof OrderRequest.Cancel
                || request instanceof OrderRequest.CancelAll
                || request instanceof OrderRequest.Status;
        return isExpress ? express(request) : place(request);
    }

    private CompletableFuture<Map<String, Object>> place(OrderRequest request) {
        if (!admission.tryEnter()) {
            return OwedAnswers.refused(RefusalCode.QUEUE_FULL, "200 places wait to be written");
        }
        CompletableFuture<Map<String, Object>> answer = answers.promise();
        boolean isTaken = loop.executeNormal(() ->
                executor.handle(request, admission::leave, result -> answer.complete(OrderAnswers.answer(result))));
        if (!isTaken) {
            admission.leave();
            OwedAnswers.ended(answer);
        }
        return answer;
    }

    private CompletableFuture<Map<String, Object>> express(OrderRequest request) {
        CompletableFuture<Map<String, Object>> answer = answers.promise();
        return onLoop(answer, () -> executor.handle(request, result -> answer.complete(OrderAnswers.answer(result))));
    }

    private CompletableFuture<Map<String, Object>> onLoop(
            CompletableFuture<Map<String, Object>> answer, Runnable task) {
        if (!loop.executeExpress(task)) {
            OwedAnswers.ended(answer);
        }
        return answer;
    }

    CompletableFuture<Map<String, Object>> kill(String reason) {
        gate.close(reason);
        CompletableFuture<Map<String, Object>> answer = answers.promise();
        if (!loop.executeUrgent(() -> executor.kill(reason, ids -> answer.complete(OrderAnswers.killed(ids))))) {
            OwedAnswers.ended(answer);
        }
        return answer;
    }

    CompletableFuture<Map<String, Object>> release(String reason) {
        if (config.hasKillFile()) {
            return OwedAnswers.refused(RefusalCode.KILLED, "remove the file " + config.killFile());
        }
        CompletableFuture<Map<String, Object>> answer = answers.promise();
        return onLoop(
                answer,
                () -> executor.release(
                        reason,
                        isOpen -> answer.complete(
                                isOpen
                                        ? OrderAnswers.released()
                                        : OrderAnswers.refused(RefusalCode.KILLED, "killed again meanwhile"))));
    }
}
