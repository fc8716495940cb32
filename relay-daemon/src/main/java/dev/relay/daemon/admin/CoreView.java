package dev.relay.daemon.admin;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How other threads see the core: a published snapshot, made by the core when somebody asks and the last one is older than 50 ms. Any number of askers
 * share one posted task, so that scraping cannot load the core. No answer within 0.7 s means that the core is stuck. Operations go to the core one by one; the
 * admin server's connections bound how many are under way.
 */
public final class CoreView {
    private static final long FRESH_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long ANSWER_MS = 1_000;
    private static final long STUCK_MS = 700;

    private final CoreQueue core;
    private final Supplier<BusSnapshot> facts;
    private final Operations operations;
    private final Clock clock;
    private final AtomicReference<@Nullable CompletableFuture<Published>> underWay = new AtomicReference<>();
    private volatile @Nullable Published last;

    /** The core's operations for those who are on no session. */
    @FunctionalInterface
    public interface Operations {
        void operate(String who, String op, Map<String, @Nullable Object> request, Answer answer);
    }

    /** What became of an operation: {@code code} null when it was done. */
    record Outcome(@Nullable ErrorCode code, String message, Map<String, ?> result) {}

    /** A snapshot and when it was made. */
    record Published(BusSnapshot facts, long atNs) {}

    /** Wraps a running core; {@code facts} and {@code operations} are called on the core thread only. */
    public CoreView(CoreQueue core, Supplier<BusSnapshot> facts, Operations operations, Clock clock) {
        this.core = core;
        this.facts = facts;
        this.operations = operations;
        this.clock = clock;
    }

    /** Facts not older than 50 ms; fails with a timeout when the core does not answer. */
    CompletableFuture<BusSnapshot> fresh() {
        Published known = last;
        if (known != null && clock.nanoTime() - known.atNs() < FRESH_NS) {
            return CompletableFuture.completedFuture(known.facts());
        }
        return ask().thenApply(Published::facts).orTimeout(STUCK_MS, TimeUnit.MILLISECONDS);
    }

    /** The newest facts there are, for meters; null before the first. */
    @Nullable
    BusSnapshot newest() {
        Published known = last;
        return known == null ? null : known.facts();
    }

    /** Runs an operation; completes on the core thread. */
    CompletableFuture<Outcome> operate(String who, String op, Map<String, @Nullable Object> request) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        core.post(() -> operations.operate(who, op, request, new Answer() {
            @Override
            public void ok(Map<String, ?> result) {
                outcome.complete(new Outcome(null, "", result));
            }

            @Override
            public void fail(ErrorCode code, String message) {
                outcome.complete(new Outcome(code, message, Map.of()));
            }
        }));
        return outcome.orTimeout(ANSWER_MS, TimeUnit.MILLISECONDS);
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
