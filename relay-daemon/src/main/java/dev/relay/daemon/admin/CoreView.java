package dev.relay.daemon.admin;

import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.protocol.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How other threads see the core: a published snapshot, made by the core when somebody asks and the last one is older than 50 ms. Any number of askers
 * share one posted task, so that scraping cannot load the core. An answer that does not come within a second means that the core is stuck.
 */
public final class CoreView {
    private static final long FRESH_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long ANSWER_MS = 1_000;

    private final CoreQueue core;
    private final Supplier<BusSnapshot> facts;
    private final MessageStore store;
    private final Clock clock;
    private final AtomicReference<@Nullable CompletableFuture<Published>> underWay = new AtomicReference<>();
    private volatile @Nullable Published last;

    /** A snapshot and when it was made. */
    record Published(BusSnapshot facts, long atNs) {}

    /** Wraps a running core; {@code facts} is called on the core thread only. */
    public CoreView(CoreQueue core, Supplier<BusSnapshot> facts, MessageStore store, Clock clock) {
        this.core = core;
        this.facts = facts;
        this.store = store;
        this.clock = clock;
    }

    /** Facts not older than 50 ms; fails with a timeout when the core does not answer. */
    CompletableFuture<BusSnapshot> fresh() {
        Published known = last;
        if (known != null && clock.nanoTime() - known.atNs() < FRESH_NS) {
            return CompletableFuture.completedFuture(known.facts());
        }
        return ask().thenApply(Published::facts).orTimeout(ANSWER_MS, TimeUnit.MILLISECONDS);
    }

    /** The newest facts there are, for meters; null before the first. */
    @Nullable
    BusSnapshot newest() {
        Published known = last;
        return known == null ? null : known.facts();
    }

    /** Dead letters above a number, oldest first. */
    CompletableFuture<List<DeadLetterRow>> deadLetters(long after, int limit) {
        CompletableFuture<List<DeadLetterRow>> answer = new CompletableFuture<>();
        core.post(() -> store.deadLetters(after, limit, answer::complete));
        return answer.orTimeout(ANSWER_MS, TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Published> ask() {
        CompletableFuture<Published> mine = new CompletableFuture<>();
        CompletableFuture<Published> shared = underWay.compareAndExchange(null, mine);
        if (shared != null) {
            return shared;
        }
        core.post(() -> publish(mine));
        return mine;
    }

    private void publish(CompletableFuture<Published> asked) {
        Published made = new Published(facts.get(), clock.nanoTime());
        last = made;
        underWay.set(null);
        asked.complete(made);
    }
}
