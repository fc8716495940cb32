package dev.relay.sidecar.order;

import dev.relay.sidecar.limit.AgentBudgets;
import dev.relay.sidecar.risk.Marks;
import dev.relay.sidecar.risk.RiskGate;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.risk.SafetyWatch;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one serialised order path of an account: requests in, one outcome each, and everything the venue tells.
 *
 * <p>Plain code: time, journal and venue are seams, so a test runs hours of faults in milliseconds. All calls come from
 * the thread "orders", which alone owns the tracker. It only joins the parts: {@link Places} writes new orders,
 * {@link Cancels} cancels, {@link Amends} changes, {@link Quotes} compares with what is wanted, {@link Doubts} finds out unknown outcomes, {@link Reconciler} compares with the venue,
 * {@link KillSwitch} ends everything.
 */
public final class OrderExecutor implements VenueListener {
    private static final long LOOK_MS = 1_000;

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final OrderLog log;
    private final VenueOrders venue;
    private final KillGate gate;
    private final OrderClock clock;
    private final Discrepancies discrepancies;
    private final BalanceAnchors anchors;
    private final Doubts doubts;
    private final Places places;
    private final Cancels cancels;
    private final Amends amends;
    private final Quotes quotes;
    private final Reconciler reconciler;
    private final KillSwitch killSwitch;
    private final UnwantedOrders stuck;
    private final Consumer<Collection<Balance>> balanceSink;
    private final TrackedAccount account;
    private final RiskGate risk;
    private final AgentBudgets agents;
    private final SafetyWatch safety;
    private long disconnectCount;
    private long nextLookMs;

    /**
     * What bounds the orders of an account.
     *
     * @param baseline the day's baseline as the journal kept it, null without one
     * @param anchors what each asset held before the first fill, as the journal kept it
     * @param cancelsAtStart everything that is open at the venue is cancelled before the first LIVE
     */
    public record Rules(
            OrderLimits limits,
            RiskLimits risk,
            Marks marks,
            @Nullable String baseline,
            Map<String, BigDecimal> anchors,
            boolean cancelsAtStart) {}

    public OrderExecutor(
            OrderTracker tracker,
            OrderLog log,
            VenueOrders venue,
            KillGate gate,
            OrderClock clock,
            Rules rules,
            Map<String, Long> cursors,
            BooleanSupplier isStateAvailable,
            Consumer<Collection<Balance>> balanceSink) {
        this.tracker = tracker;
        this.log = log;
        this.venue = venue;
        this.gate = gate;
        this.clock = clock;
        this.balanceSink = balanceSink;
        this.discrepancies = new Discrepancies(log, clock);
        this.recorder = new OrderRecorder(tracker, log, clock, discrepancies);
        this.anchors = new BalanceAnchors(tracker, log, discrepancies, rules.anchors());
        OrderLimits limits = rules.limits();
        this.account = new TrackedAccount(tracker, venue);
        this.agents = new AgentBudgets(limits.ordersPerSecond(), limits.orderBurst());
        Marks marks = marks(rules.marks());
        this.risk = new RiskGate(rules.risk(), account, marks);
        this.safety = new SafetyWatch(rules.risk(), account, marks, rules.baseline(), log::saveFact);
        this.doubts = new Doubts(tracker, recorder, venue, limits, discrepancies);
        this.places =
                new Places(tracker, recorder, log, venue, doubts, gate, clock, limits, isStateAvailable, risk, agents);
        this.cancels = new Cancels(tracker, recorder, venue, doubts, clock);
        this.amends = new Amends(tracker, recorder, venue, doubts, places, clock);
        this.quotes = new Quotes(tracker, places, this::handle);
        this.reconciler = new Reconciler(
                tracker, recorder, log, venue, limits, clock, cursors, this::onBalanceChange, discrepancies, anchors);
        UnwantedOrders killed = new UnwantedOrders(tracker, venue, cancels);
        this.killSwitch = new KillSwitch(tracker, log, venue, gate, killed, clock, reconciler::isLive);
        this.stuck = new UnwantedOrders(tracker, venue, cancels);
        if (rules.cancelsAtStart()) {
            reconciler.beforeFirstLive(then -> cancels.cancelAll(null, all -> then.run()));
        }
        doubts.onStuck(stuck::add);
        places.onForgotten(cancels::forget);
        recorder.onChanged(this::onChanged);
    }

    /** By the books that are kept here; else as the venue tells. */
    private Marks marks(Marks books) {
        return symbol -> {
            BigDecimal ofBook = books.mark(symbol);
            return ofBook != null ? ofBook : venue.mark(symbol);
        };
    }

    /** Orders that a former process left without an outcome become UNKNOWN, then the venue is connected. */
    public void start() {
        for (OrderView order : tracker.openOrders()) {
            if (order.state() == OrderState.PENDING_NEW) {
                recorder.markUnknown(order.clientId(), "the sidecar restarted before an outcome");
            }
            doubts.add(order.clientId(), 0, clock.monotonicMs());
        }
        venue.start(this);
    }

    public void handle(OrderRequest request, Consumer<OrderResult> done) {
        handle(request, () -> {}, done);
    }

    /** As the short form; {@code onWritten} runs when a place has left the queue, at once for other requests. */
    public void handle(OrderRequest request, Runnable onWritten, Consumer<OrderResult> done) {
        places.live(reconciler.wasEverLive());
        if (request instanceof OrderRequest.Place place) {
            places.place(place, onWritten, done);
            return;
        }
        onWritten.run();
        if (request instanceof OrderRequest.Quotes wanted) {
            quotes.quote(wanted, done);
        } else if (request instanceof OrderRequest.Amend amend) {
            amends.amend(amend, done);
        } else if (request instanceof OrderRequest.Cancel cancel) {
            agents.takeCancel(cancel.agent(), clock.monotonicMs());
            cancels.cancel(cancel.clientId(), done);
        } else if (request instanceof OrderRequest.Status status) {
            done.accept(status(status.clientId()));
        } else if (request instanceof OrderRequest.CancelAll all) {
            cancels.cancelAll(all.symbol(), done);
        }
    }

    private OrderResult status(String clientId) {
        OrderView order = tracker.find(clientId);
        return order == null
                ? new OrderResult.Refused(RefusalCode.UNKNOWN_ORDER, "no order with this client id", null)
                : new OrderResult.Accepted(order);
    }

    /**
     * Closes the gate, commits the flag, cancels everything open. {@code done} runs when no place frame written before
     * is waiting in this process any more; it gets the ids whose outcome is not known at that moment.
     */
    public void kill(String reason, Consumer<List<String>> done) {
        killSwitch.on(reason, done);
    }

    /** Opens the gate once the journal says so; {@code done} gets false when it was closed again meanwhile. */
    public void release(String reason, Consumer<Boolean> done) {
        killSwitch.off(reason, done);
    }

    public void tick() {
        long nowMs = clock.monotonicMs();
        venue.tick(nowMs);
        doubts.tick(nowMs);
        stuck.tick(nowMs);
        amends.tick(nowMs);
        reconciler.tick(nowMs);
        discrepancies.tick(nowMs);
        killSwitch.tick(nowMs);
        if (nowMs >= nextLookMs) {
            nextLookMs = nowMs + LOOK_MS;
            String reason = safety.look(nowMs, clock.wallMs(), log.isFailing());
            if (reason != null && !gate.isClosed()) {
                kill(reason, ids -> {});
            }
        }
    }

    @Override
    public void onConnected() {
        reconciler.onConnected();
    }

    @Override
    public void onDisconnected(String reason) {
        disconnectCount++;
        reconciler.onDisconnected();
    }

    @Override
    public void onReport(OrderReport report) {
        recorder.apply(report);
    }

    @Override
    public void onBalances(List<Balance> changed) {
        onBalanceChange(changed);
    }

    private void onBalanceChange(Collection<Balance> changed) {
        balanceSink.accept(account.keepNewer(changed));
    }

    @Override
    public void onTransfer(String asset, BigDecimal amount) {
        safety.onTransfer(asset, amount);
        anchors.onTransfer(asset, amount);
    }

    private void onChanged(OrderView order) {
        places.onChanged(order);
        cancels.onChanged(order);
        amends.onChanged(order);
        if (order.hasMissingFills() || order.isWithoutTerms()) {
            doubts.add(order.clientId(), 0, clock.monotonicMs() + MISSING_FILL_WAIT_MS);
        }
    }

    /** Fills usually follow within milliseconds; only then are they asked for. */
    private static final long MISSING_FILL_WAIT_MS = 300;

    /** Places that the agent's budget allows at once. */
    int placesLeft(String agent) {
        return agents.placesLeft(agent, clock.monotonicMs());
    }

    public boolean isLive() {
        return reconciler.isLive();
    }

    /** Figures for health and metrics; read on the thread "orders". */
    public OrderFacts facts() {
        return new OrderFacts(
                reconciler.isLive(),
                gate.isClosed(),
                tracker.openCount(),
                doubts.count(),
                cancels.waitingCount(),
                places.writtenCount(),
                doubts.queryCount(),
                doubts.vanishedCount(),
                tracker.staleCount(),
                tracker.repeatedFillCount(),
                tracker.externalCount(),
                tracker.lateCount(),
                tracker.foreignCount(),
                reconciler.runCount(),
                reconciler.failedCount(),
                disconnectCount,
                risk.refusedCount(),
                Decimals.textOrEmpty(safety.equity()),
                Decimals.text(safety.baseline()),
                discrepancies.counts());
    }
}
