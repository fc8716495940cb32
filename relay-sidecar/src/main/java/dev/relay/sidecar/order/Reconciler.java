package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tracker agree with the venue: open orders, then the trades since the last one booked, which end most of what
 * is not open any more, then each own order that is still neither open nor ended, then balances. Runs at each connection before LIVE and at a fixed period while LIVE.
 * While the event stream is down nobody tells a fill, so as long as orders are open the venue is asked every
 * {@value #AWAY_MS} ms where it can be asked without the stream; such a run books what it finds and makes nothing LIVE.
 * Owned by the thread "orders".
 *
 * <p>One step at a time, of at most {@value #LOOKS_AT_ONCE} questions, so the load on the venue is bounded; one run at a time.
 * A step without a certain answer ends the run, and it starts again after a delay. Trades that could not be booked keep it
 * from LIVE, see {@link MissedTrades}.
 */
final class Reconciler {
    private static final long RETRY_MIN_MS = 250;
    private static final long RETRY_MAX_MS = 5_000;
    private static final long SOON_MS = 1_000;
    private static final long AWAY_MS = 5_000;
    private static final int LOOKS_AT_ONCE = 50;

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final VenueOrders venue;
    private final OrderLimits limits;
    private final OrderClock clock;
    private final Consumer<Collection<Balance>> onBalances;
    private final Discrepancies discrepancies;
    private final BalanceAnchors anchors;
    private final ReconcileSteps steps = new ReconcileSteps(this::finish, this::fail);
    private final MissedTrades trades;
    private final LateOrders late;
    private Consumer<Runnable> beforeFirstLive = Runnable::run;
    private boolean isLive;
    private boolean wasEverLive;
    private long nextRunAtMs = Long.MAX_VALUE;
    private long retryMs = RETRY_MIN_MS;
    private long runCount;
    private long failedCount;
    private long lastLiveAtMs;

    Reconciler(
            OrderTracker tracker,
            OrderRecorder recorder,
            OrderLog log,
            VenueOrders venue,
            OrderLimits limits,
            OrderClock clock,
            Map<String, Long> cursors,
            Consumer<Collection<Balance>> onBalances,
            Discrepancies discrepancies,
            BalanceAnchors anchors) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.venue = venue;
        this.limits = limits;
        this.clock = clock;
        this.trades = new MissedTrades(tracker, recorder, log, venue.questions(), steps, cursors);
        this.late = new LateOrders(tracker, recorder, venue, discrepancies);
        this.onBalances = onBalances;
        this.discrepancies = discrepancies;
        this.anchors = anchors;
    }

    /**
     * What has to happen at the venue once orders and trades agree, and before the account is LIVE for the first time; it
     * runs what it is given when that has happened.
     */
    void beforeFirstLive(Consumer<Runnable> act) {
        beforeFirstLive = act;
    }

    void onConnected() {
        start();
    }

    void onDisconnected() {
        steps.stop();
        isLive = false;
        anchors.forget();
        retryMs = RETRY_MIN_MS;
        nextRunAtMs = clock.monotonicMs() + SOON_MS;
    }

    void tick(long nowMs) {
        if (!steps.isRunning() && nowMs >= nextRunAtMs && (venue.isConnected() || isWorthAskingAway())) {
            start();
        }
    }

    private boolean isWorthAskingAway() {
        return tracker.openCount() > 0 && venue.isReachable();
    }

    private void start() {
        nextRunAtMs = Long.MAX_VALUE;
        trades.begin();
        List<OrderView> before = tracker.openOrders();
        steps.begin(() -> venue.questions().openOrders(steps.answered(answer -> onOpenOrders(before, answer))));
    }

    private boolean onOpenOrders(List<OrderView> before, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return false;
        }
        Set<String> seen = new HashSet<>();
        reported.reports().forEach(report -> {
            recorder.applyPolled(report);
            late.onListed(report);
            seen.add(report.symbol() + '/' + report.venueOrderId());
        });
        Deque<OrderView> missing = new ArrayDeque<>(before);
        trades.addSteps();
        steps.add(() -> lookAt(missing, seen));
        if (!wasEverLive) {
            steps.add(() -> beforeFirstLive.accept(steps.ended()));
        }
        steps.add(() -> venue.questions().balances(steps.answered(this::onBalancesAnswer)));
        return true;
    }

    /** Own orders that are not among the open ones, unless their trades have told their end; some at once. */
    private void lookAt(Deque<OrderView> missing, Set<String> seen) {
        List<OrderView> some = new ArrayList<>();
        while (some.size() < LOOKS_AT_ONCE && !missing.isEmpty()) {
            OrderView order = tracker.find(missing.remove().clientId());
            if (order != null
                    && !order.state().isTerminal()
                    && !order.venueOrderId().isEmpty() // else Doubts asks by the client id
                    && !seen.contains(order.symbol() + '/' + order.venueOrderId())) {
                some.add(order);
            }
        }
        if (some.isEmpty()) {
            steps.next();
            return;
        }
        steps.addFirst(() -> lookAt(missing, seen));
        List<Predicate<VenueAnswer>> handles = new ArrayList<>();
        some.forEach(order -> handles.add(answer -> onLookedAt(order, answer)));
        List<Consumer<VenueAnswer>> ends = steps.answered(handles);
        for (int i = 0; i < some.size(); i++) {
            OrderView order = some.get(i);
            venue.questions().query(order, tracker.instrumentOf(order), ends.get(i));
        }
    }

    /** Not found is no failure of the run: {@link Doubts} decides what it means. */
    private boolean onLookedAt(OrderView order, VenueAnswer answer) {
        if (answer instanceof VenueAnswer.NotFound && order.state().isAcknowledged()) {
            discrepancies.note(Kind.VANISHED_ORDER, order, "state=" + order.state());
        }
        if (answer instanceof VenueAnswer.Reported reported) {
            reported.reports().forEach(recorder::applyPolled);
            return true;
        }
        return answer instanceof VenueAnswer.NotFound;
    }

    private boolean onBalancesAnswer(VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Balances balances) {
            onBalances.accept(balances.balances());
            if (trades.areSomeDeferred() || !venue.tellsFees() || !venue.isConnected()) {
                anchors.forget();
            } else {
                anchors.onReconciled(balances.balances());
            }
            return true;
        }
        return false;
    }

    private void finish() {
        runCount++;
        retryMs = RETRY_MIN_MS;
        if (!venue.isConnected()) {
            nextRunAtMs = clock.monotonicMs() + AWAY_MS;
            return;
        }
        isLive = isLive || !trades.areSomeDeferred();
        wasEverLive = wasEverLive || isLive;
        lastLiveAtMs = clock.monotonicMs();
        nextRunAtMs = lastLiveAtMs + (trades.areSomeDeferred() ? SOON_MS : limits.reconcileMs());
    }

    private void fail() {
        failedCount += venue.isConnected() ? 1 : 0;
        anchors.forget();
        nextRunAtMs = clock.monotonicMs() + retryMs;
        retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    }

    /** The tracker agreed with the venue since the present connection began. */
    boolean isLive() {
        return isLive;
    }

    boolean wasEverLive() {
        return wasEverLive;
    }

    @Nullable
    Long lastLiveAtMs() {
        return wasEverLive ? lastLiveAtMs : null;
    }

    long runCount() {
        return runCount;
    }

    long failedCount() {
        return failedCount;
    }
}
