package dev.relay.cli.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Those who wait for one thing of a child; all are told at once, and once. Thread of {@link Supervision} only. */
final class Waiting {
    private final List<CompletableFuture<Map<String, Object>>> all = new ArrayList<>();

    CompletableFuture<Map<String, Object>> add() {
        CompletableFuture<Map<String, Object>> one = new CompletableFuture<>();
        all.add(one);
        return one;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    void answer(Map<String, Object> row) {
        taken().forEach(one -> one.complete(row));
    }

    void refuse(Refusal refusal) {
        taken().forEach(one -> one.completeExceptionally(refusal));
    }

    private List<CompletableFuture<Map<String, Object>>> taken() {
        List<CompletableFuture<Map<String, Object>>> taken = List.copyOf(all);
        all.clear();
        return taken;
    }
}
