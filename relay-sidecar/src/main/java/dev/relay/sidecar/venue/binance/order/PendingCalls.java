package dev.relay.sidecar.venue.binance.order;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests without an answer, by request id, oldest first. Owned by the thread "orders". Bounded by the time limit of each
 * and by {@value #CAPACITY}; the gateway refuses to send at the bound.
 */
final class PendingCalls {
    static final int CAPACITY = 5_000;

    private final Map<Long, Pending> calls = new LinkedHashMap<>();
    private long nextId = 1;

    /** A request under way. {@code isRest}: it does not end with the socket. */
    record Pending(long id, BinanceRequest request, long sentMs, long serverAtMs, long deadlineMs, boolean isRest) {}

    boolean isFull() {
        return calls.size() >= CAPACITY;
    }

    Pending add(BinanceRequest request, long sentMs, long serverAtMs, long timeoutMs, boolean isRest) {
        Pending pending = new Pending(nextId++, request, sentMs, serverAtMs, sentMs + timeoutMs, isRest);
        calls.put(pending.id(), pending);
        return pending;
    }

    @Nullable
    Pending remove(long id) {
        return calls.remove(id);
    }

    List<Pending> removeExpired(long nowMs) {
        return removeIf(pending -> pending.deadlineMs() <= nowMs);
    }

    List<Pending> removeOfSocket() {
        return removeIf(pending -> !pending.isRest());
    }

    List<Pending> removeAll() {
        return removeIf(pending -> true);
    }

    private List<Pending> removeIf(Predicate<Pending> test) {
        List<Pending> removed = new ArrayList<>();
        calls.values().removeIf(pending -> test.test(pending) && removed.add(pending));
        return removed;
    }

    /** Request weight that the venue may not have counted yet. */
    int weight() {
        return calls.values().stream().mapToInt(p -> p.request().call().weight).sum();
    }

    int places() {
        return (int) calls.values().stream()
                .filter(p -> p.request().call().isOrder())
                .count();
    }

    int count() {
        return calls.size();
    }
}
