package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tracker agree with the venue: open orders, then each own order that is not among them, then the trades since
 * the last id of each instrument, then balances. Runs at each connection before LIVE and at a fixed period while LIVE.
 * While the event stream is down nobody tells a fill, so as long as orders are open the venue is asked every
 * {@value #AWAY_MS} ms where it can be asked without the stream; such a run books what it finds and makes nothing LIVE.
 * Owned by the thread "orders".
 *
 * <p>One step at a time, so the load on the venue is bounded; one run at a time. A step without a certain answer ends the
 * run, and it starts again after a delay. The first run for an instrument only anchors the cursor at the newest trade:
 * what the account did before is not ours to book. A trade of an order nobody knows may belong to a place of that
 * instrument that has no venue id yet: the venue is asked whose order it is; where it cannot tell the trade waits, and LIVE
 * with it.
 */
final class Reconciler {
    private static final long RETRY_MIN_MS = 250;
    private static final long RETRY_MAX_MS = 5_000;
    private static final long SOON_MS = 1_000;
    private static final long AWAY_MS = 5_000;

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final OrderLog log;
    private final VenueOrders venue;
    private final OrderLimits limits;
    private final OrderClock clock;
    private final Consumer<Collection<Balance>> onBalances;
    private final Discrepancies discrepancies;
    private final BalanceAnchors anchors;
    private final Map<String, Long> cursors;
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private boolean isRunning;
    private boolean isLive;
    private boolean wasEverLive;
    private int runNo;
    private long nextRunAtMs = Long.MAX_VALUE;
    private long retryMs = RETRY_MIN_MS;
    private boolean hasDeferredTrades;
    private final Set<String> unowned = new HashSet<>();
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
        this.log = log;
        this.venue = venue;
        this.limits = limits;
        this.clock = clock;
        this.cursors = new HashMap<>(cursors);
        this.onBalances = onBalances;
        this.discrepancies = discrepancies;
        this.anchors = anchors;
    }

    void onConnected() {
        runNo++;
        isRunning = false;
        start();
    }

    void onDisconnected() {
        runNo++;
        isRunning = false;
        isLive = false;
        anchors.forget();
        steps.clear();
        retryMs = RETRY_MIN_MS;
        nextRunAtMs = clock.monotonicMs() + SOON_MS;
    }

    void tick(long nowMs) {
        if (!isRunning && nowMs >= nextRunAtMs && (venue.isConnected() || isWorthAskingAway())) {
            start();
        }
    }

    private boolean isWorthAskingAway() {
        return tracker.openCount() > 0 && venue.isReachable();
    }

    private void start() {
        isRunning = true;
        hasDeferredTrades = false;
        unowned.clear();
        nextRunAtMs = Long.MAX_VALUE;
        steps.clear();
        List<OrderView> before = tracker.openOrders();
        steps.add(() -> venue.openOrders(step(answer -> onOpenOrders(before, answer))));
        next();
    }

    private void next() {
        Runnable step = steps.poll();
        if (step == null) {
            finish();
        } else {
            step.run();
        }
    }

    /** Answers of an earlier run are dropped. Where {@code handle} says false the run failed. */
    private Consumer<VenueAnswer> step(Predicate<VenueAnswer> handle) {
        int mine = runNo;
        return answer -> {
            if (mine != runNo) {
                return;
            }
            if (handle.test(answer)) {
                next();
            } else {
                fail();
            }
        };
    }

    private boolean onOpenOrders(List<OrderView> before, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return false;
        }
        Set<String> seen = new HashSet<>();
        reported.reports().forEach(report -> {
            recorder.applyPolled(report);
            seen.add(report.symbol() + '/' + report.venueOrderId());
        });
        for (OrderView old : before) {
            OrderView order = tracker.find(old.clientId());
            boolean isAsked = order != null
                    && !order.state().isTerminal()
                    && old.state() != OrderState.PENDING_NEW
                    && !seen.contains(order.symbol() + '/' + order.venueOrderId());
            Instrument instrument = tracker.instrument(old.symbol());
            if (isAsked && order != null && instrument != null) {
                steps.add(() -> venue.query(order, instrument, step(found -> onLookedAt(order, found))));
            }
        }
        tracker.instruments().forEach(this::addTrades);
        steps.add(() -> venue.balances(step(this::onBalancesAnswer)));
        return true;
    }

    private boolean onLookedAt(OrderView order, VenueAnswer answer) {
        if (answer instanceof VenueAnswer.NotFound && order.state().isAcknowledged()) {
            discrepancies.note(Kind.VANISHED_ORDER, order, "state=" + order.state());
        }
        return onQueried(answer);
    }

    /** Not found is no failure of the run: {@link Doubts} decides what it means. */
    private boolean onQueried(VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Reported reported) {
            reported.reports().forEach(recorder::applyPolled);
            return true;
        }
        return answer instanceof VenueAnswer.NotFound;
    }

    private void addTrades(Instrument instrument) {
        steps.add(() -> {
            Long cursor = cursors.get(instrument.symbol());
            if (cursor == null) {
                venue.trades(instrument, 0, step(answer -> onAnchor(instrument, answer)));
            } else {
                venue.trades(instrument, cursor + 1, step(answer -> onTrades(instrument, answer)));
            }
        });
    }

    private boolean onAnchor(Instrument instrument, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return false;
        }
        long newest = 0;
        for (OrderReport report : reported.reports()) {
            if (tracker.knowsVenueOrder(report.symbol(), report.venueOrderId())) {
                recorder.apply(report);
            }
            newest = Math.max(newest, tradeId(report));
        }
        saveCursor(instrument.symbol(), newest);
        return true;
    }

    private boolean onTrades(Instrument instrument, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return false;
        }
        long booked = bookUpTo(instrument, reported.reports());
        if (booked > cursors.getOrDefault(instrument.symbol(), 0L)) {
            saveCursor(instrument.symbol(), booked);
        }
        if (reported.reports().size() >= VenueOrders.TRADES_PAGE && !hasDeferredTrades) {
            addTradesNext(instrument);
        }
        return true;
    }

    private long bookUpTo(Instrument instrument, List<OrderReport> reports) {
        long booked = 0;
        for (OrderReport report : reports) {
            if (isAmbiguous(instrument, report)) {
                findOwner(instrument, report.venueOrderId());
                return booked;
            }
            recorder.applyPolled(report);
            booked = Math.max(booked, tradeId(report));
        }
        return booked;
    }

    private boolean isAmbiguous(Instrument instrument, OrderReport report) {
        Fill fill = report.fill();
        boolean isKnown = tracker.knowsVenueOrder(report.symbol(), report.venueOrderId())
                || (fill != null && tracker.hasFill(fill.key()));
        return !isKnown && tracker.hasUnnamedOrder(instrument.symbol());
    }

    /** Asked once in a run; then the trades are read again from where they were booked. */
    private void findOwner(Instrument instrument, String venueOrderId) {
        if (!unowned.add(venueOrderId)) {
            hasDeferredTrades = true;
            return;
        }
        List<Runnable> later = new ArrayList<>(steps);
        steps.clear();
        steps.add(() -> venue.find(instrument, venueOrderId, step(this::onOwner)));
        addTrades(instrument);
        steps.addAll(later);
    }

    private boolean onOwner(VenueAnswer answer) {
        return answer == VenueAnswer.UNSUPPORTED || onQueried(answer);
    }

    private void addTradesNext(Instrument instrument) {
        List<Runnable> later = new ArrayList<>(steps);
        steps.clear();
        addTrades(instrument);
        steps.addAll(later);
    }

    private long tradeId(OrderReport report) {
        Fill fill = report.fill();
        return fill == null ? 0 : venue.cursorOf(fill);
    }

    private void saveCursor(String symbol, long tradeId) {
        cursors.put(symbol, tradeId);
        log.saveCursor(symbol, tradeId);
    }

    private boolean onBalancesAnswer(VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Balances balances) {
            onBalances.accept(balances.balances());
            if (hasDeferredTrades || !venue.tellsFees() || !venue.isConnected()) {
                anchors.forget();
            } else {
                anchors.onReconciled(balances.balances());
            }
            return true;
        }
        return false;
    }

    private void finish() {
        isRunning = false;
        runCount++;
        retryMs = RETRY_MIN_MS;
        if (!venue.isConnected()) {
            nextRunAtMs = clock.monotonicMs() + AWAY_MS;
            return;
        }
        isLive = isLive || !hasDeferredTrades;
        wasEverLive = wasEverLive || isLive;
        lastLiveAtMs = clock.monotonicMs();
        nextRunAtMs = lastLiveAtMs + (hasDeferredTrades ? SOON_MS : limits.reconcileMs());
    }

    private void fail() {
        isRunning = false;
        failedCount += venue.isConnected() ? 1 : 0;
        anchors.forget();
        steps.clear();
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
