package dev.relay.sidecar.order;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Answers that requests still wait for: each is given once, at the latest when the order side ends. Any thread; as many as requests were let in. */
final class OwedAnswers {
    private final Map<Long, CompletableFuture<Map<String, Object>>> owed = new ConcurrentHashMap<>();
    private final AtomicLong nextTicket = new AtomicLong();

    CompletableFuture<Map<String, Object>> promise() {
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        long ticket = nextTicket.incrementAndGet();
        owed.put(ticket, answer);
        var unused = answer.thenRun(() -> owed.remove(ticket));
        return answer;
    }

    /** The thread that would have answered is gone. */
    void endAll() {
        List.copyOf(owed.values()).forEach(answer -> answer.complete(OrderAnswers.lostByClosing()));
    }

    static void ended(CompletableFuture<Map<String, Object>> answer) {
        answer.complete(OrderAnswers.refused(RefusalCode.SHUTTING_DOWN, "the order side has ended"));
    }

    static CompletableFuture<Map<String, Object>> refused(RefusalCode code, String reason) {
        return CompletableFuture.completedFuture(OrderAnswers.refused(code, reason));
    }
}
