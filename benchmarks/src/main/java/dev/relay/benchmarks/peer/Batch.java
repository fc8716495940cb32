package dev.relay.benchmarks.peer;

import java.util.ArrayList;
import java.util.List;

/** Receipts of systems that answer only a batch as a whole; as many as the window. */
final class Batch {
    private final List<Receipt> waiting = new ArrayList<>();
    private final int size;

    Batch(int size) {
        this.size = size;
    }

    /** True when the batch is full and must be answered. */
    boolean add(Receipt receipt) {
        waiting.add(receipt);
        return waiting.size() >= size;
    }

    int count() {
        return waiting.size();
    }

    void answered() {
        waiting.forEach(receipt -> receipt.done(null));
        waiting.clear();
    }
}
