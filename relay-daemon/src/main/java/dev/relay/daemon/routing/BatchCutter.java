package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.MessageQueue;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.protocol.Flags;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Cuts the state of the heart into batches, each one consistent (rule R6), and takes their completions.
 *
 * <p>There is one batch at the store, a {@link Cut}, and one that collects. When the store is idle and somebody waits, the
 * collecting one is cut. What only saves work after a crash (floors and marks of finished messages) waits
 * {@value #LAZY_MS} ms for company.
 *
 * <p>What all its recipients have been given is held back from the cut for a moment, see {@link Patience}. Nothing else waits: not what is for somebody who is away or without credit, not what has to be on disk, and not
 * what was acked behind something unsafe while its sender waits for the result.
 *
 * <p>A batch that fails is tried again as it is, because what was written to a recipient can no longer be refused (R8). Core thread only.
 */
final class BatchCutter {
    private static final long LAZY_MS = 50;
    private static final long RETRY_MS = 100;
    private static final int LAZY_LIMIT = 16_384;

    private record Waiter(long no, Runnable action) {}

    private final Core core;
    private final Delivery delivery;
    private final DeadLetters deadLetters;
    private final FailStop failStop;
    private final Cut atStore;
    private boolean isBusy;
    private boolean isRetrying;
    private long retryAtNs = Long.MAX_VALUE;
    private long probeAtNs = Long.MAX_VALUE;
    private long lazySinceNs = Long.MAX_VALUE;
    private long cutAtNs;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private Consumer<DeadLetters.Dying> onDeath = dead -> {};
    private final Consumer<CommitOutcome> onCompletion = this::onCompletion;

    BatchCutter(
            Core core,
            Receipts receipts,
            Delivery delivery,
            DeadLetters deadLetters,
            Segments segments,
            Results results,
            Journal journal,
            FailStop failStop) {
        this.core = core;
        this.delivery = delivery;
        this.deadLetters = deadLetters;
        this.failStop = failStop;
        this.atStore = new Cut(core, receipts, delivery, segments, results, journal);
    }

    /** Who is told of each dead letter once it is committed; set before the first batch. */
    void onDeath(Consumer<DeadLetters.Dying> listener) {
        onDeath = listener;
    }

    /** Runs an action once everything that is so far accepted or noted is committed. */
    void whenCommitted(Runnable action) {
        waiters.add(new Waiter(core.next.no, action));
    }

    /** Cuts when the store is idle and there is a reason to. */
    void cutIfDue() {
        if (isBusy || core.storeState == BusSnapshot.StoreState.FAILED || !hasWork()) {
            return;
        }
        dropFinished();
        long now = core.clock.nanoTime();
        if (lazySinceNs == Long.MAX_VALUE) {
            lazySinceNs = now;
        }
        if (isUrgent()
                || now - lazySinceNs >= TimeUnit.MILLISECONDS.toNanos(LAZY_MS)
                || (core.unsafeUnsaved > 0 && now - Patience.untilNs(core.unsaved.get(0)) >= 0)) {
            cut(now);
        }
    }

    /** What is finished everywhere needs no commit of its own: mark and floor are in the next one. */
    private void dropFinished() {
        MessageQueue unsaved = core.unsaved;
        while (!unsaved.isEmpty() && isFinished(unsaved.get(0))) {
            core.count(Counter.NEVER_WRITTEN);
            core.pool.release(unsaved.poll());
        }
    }

    private static boolean isFinished(Message m) {
        if (!m.isSettled || m.deadReason != 0 || m.has(Flags.JOURNAL)) {
            return false;
        }
        for (int i = 0; i < m.lanes.size(); i++) {
            Lane lane = m.lanes.get(i);
            if (lane.spilled > 0 || !lane.isAtOrBelowFloor(m.epoch, m.seq)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasWork() {
        return !core.unsaved.isEmpty() || !core.dirtyLanes.isEmpty() || !core.dirtyMarks.isEmpty() || hasRows();
    }

    private boolean isUrgent() {
        return core.isCommitUrgent
                || core.unsaved.size() >= LAZY_LIMIT
                || core.isMemoryTight()
                || core.isShuttingDown
                || hasRows();
    }

    private boolean hasRows() {
        Batch b = core.next;
        return !waiters.isEmpty()
                || !b.agents.isEmpty()
                || !b.streams.isEmpty()
                || !b.lanes.isEmpty()
                || !b.kinds.isEmpty()
                || !b.subscribed.isEmpty()
                || !b.unsubscribed.isEmpty()
                || !b.attempts.isEmpty()
                || !b.deadLetters.isEmpty()
                || !b.droppedDeadLetters.isEmpty()
                || !b.audits.isEmpty()
                || !b.kept.isEmpty();
    }

    private void cut(long nowNs) {
        isBusy = true;
        lazySinceNs = Long.MAX_VALUE;
        core.isCommitUrgent = false;
        cutAtNs = nowNs;
        core.store.commit(atStore.take(nowNs), onCompletion);
    }

    private void onCompletion(CommitOutcome outcome) {
        core.nowNs = core.clock.nanoTime();
        switch (outcome) {
            case COMMITTED -> onCommitted(BusSnapshot.StoreState.READY);
            case COMMITTED_ON_RESERVE -> onReserve();
            case FULL -> retryLater(BusSnapshot.StoreState.FULL);
            case BUSY -> retryLater(BusSnapshot.StoreState.RETRYING);
            case FATAL -> {
                core.storeState = BusSnapshot.StoreState.FAILED;
                failStop.failStop("the store failed: batch=" + atStore.batch().no);
            }
        }
    }

    private void retryLater(BusSnapshot.StoreState state) {
        core.storeState = state;
        core.count(Counter.COMMIT_FAILURES);
        isRetrying = true;
        retryAtNs = core.clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MS);
    }

    /** Safe, but there is no room for more: new sends are refused, and an empty batch asks every {@value #RETRY_MS} ms whether there is room again. */
    private void onReserve() {
        onCommitted(BusSnapshot.StoreState.FULL);
        probeAtNs = core.clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MS);
    }

    private void onCommitted(BusSnapshot.StoreState state) {
        core.storeState = state;
        probeAtNs = Long.MAX_VALUE;
        core.count(Counter.COMMITS);
        isBusy = false;
        atStore.settle();
        Batch batch = atStore.batch();
        long no = batch.no;
        deadLetters.onCommitted(batch);
        batch.clear();
        delivery.pump.onCommitted(no);
        for (DeadLetters.Dying d = deadLetters.pollCommitted(no); d != null; d = deadLetters.pollCommitted(no)) {
            delivery.retries.onDeadCommitted(d.lane(), d.epoch(), d.seq());
            onDeath.accept(d);
        }
        while (!waiters.isEmpty() && waiters.peek().no() <= no) {
            waiters.poll().action().run();
        }
    }

    void onTimer(long nowNs) {
        if (probeAtNs != Long.MAX_VALUE && nowNs - probeAtNs >= 0 && !isBusy) {
            cut(nowNs);
        }
        if (isRetrying && nowNs - retryAtNs >= 0) {
            isRetrying = false;
            retryAtNs = Long.MAX_VALUE;
            core.store.commit(atStore.batch(), onCompletion);
        }
    }

    long nextDeadlineNs() {
        long lazy = isBusy || lazySinceNs == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : lazySinceNs + TimeUnit.MILLISECONDS.toNanos(LAZY_MS);
        if (!isBusy && core.unsafeUnsaved > 0) {
            lazy = Math.min(lazy, Patience.untilNs(core.unsaved.get(0)));
        }
        return Math.min(Math.min(lazy, retryAtNs), isBusy ? Long.MAX_VALUE : probeAtNs);
    }

    /** True when everything is committed. */
    boolean isDrained() {
        return !isBusy && !hasWork();
    }

    /** How long the batch at the store has been there, 0 when none is. */
    long ageMs() {
        return isBusy ? TimeUnit.NANOSECONDS.toMillis(core.clock.nanoTime() - cutAtNs) : 0;
    }
}
