package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Orders about which something is not known, and the queries that find out: a place without an outcome, a cancel without
 * an outcome, an executed quantity whose fills have not all arrived. Owned by the thread "orders".
 *
 * <p>An UNKNOWN order ends as REJECTED only after two not-found answers to queries sent when the venue could not accept
 * the request any more (its last acceptance time plus the grace). Not found before that, or for an order that the venue
 * had acknowledged, proves nothing. Bounded by the number of orders; one query per order at a time, with growing delays.
 */
final class Doubts {
    private static final int STRIKES_TO_REJECT = 2;
    static final String CANCEL = "cancel";
    static final String AMEND = "amend";

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final VenueOrders venue;
    private final OrderLimits limits;
    private final Discrepancies discrepancies;
    private final Map<String, Doubt> doubts = new LinkedHashMap<>();
    private long queryCount;
    private long vanishedCount;
    private Consumer<String> cancelStuck = clientId -> {};

    /** One order's open question. */
    private static final class Doubt {
        final String clientId;
        final boolean isPlace;
        final long sinceMs;
        long acceptUntilMs;
        long nextAtMs;
        long delayMs;
        int strikes;
        boolean isAsking;

        Doubt(String clientId, boolean isPlace, long acceptUntilMs, long nextAtMs, long delayMs) {
            this.clientId = clientId;
            this.isPlace = isPlace;
            this.sinceMs = nextAtMs;
            this.acceptUntilMs = acceptUntilMs;
            this.nextAtMs = nextAtMs;
            this.delayMs = delayMs;
        }
    }

    Doubts(
            OrderTracker tracker,
            OrderRecorder recorder,
            VenueOrders venue,
            OrderLimits limits,
            Discrepancies discrepancies) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.venue = venue;
        this.limits = limits;
        this.discrepancies = discrepancies;
    }

    /** What cancels an order that was found open too late, or whose cancel did not happen. */
    void onStuck(Consumer<String> cancel) {
        cancelStuck = cancel;
    }

    /** Asks from now on until it is known. {@code acceptUntilMs} 0: not known, taken at the first query. */
    void add(String clientId, long acceptUntilMs, long firstAtMs) {
        OrderView order = tracker.find(clientId);
        boolean isPlace = order != null && order.state() == OrderState.UNKNOWN;
        Doubt doubt = doubts.computeIfAbsent(
                clientId, id -> new Doubt(id, isPlace, acceptUntilMs, firstAtMs, limits.firstQueryMs()));
        doubt.acceptUntilMs = Math.max(doubt.acceptUntilMs, acceptUntilMs);
    }

    void tick(long nowMs) {
        if (doubts.isEmpty() || venue.acceptUntilMs() < 0) {
            return;
        }
        List<Doubt> due = new ArrayList<>();
        List<Doubt> late = new ArrayList<>();
        doubts.values().removeIf(doubt -> {
            boolean isAnswered = isAnswered(doubt.clientId);
            if (isAnswered && doubt.isPlace && nowMs - doubt.sinceMs >= limits.stuckMs()) {
                late.add(doubt);
            }
            return isAnswered;
        });
        late.forEach(doubt -> cancelLate(doubt.clientId, "its place was in doubt for ms=" + (nowMs - doubt.sinceMs)));
        doubts.values().forEach(doubt -> {
            if (!doubt.isAsking && doubt.nextAtMs <= nowMs) {
                due.add(doubt);
            }
        });
        due.forEach(doubt -> ask(doubt, nowMs));
    }

    /** Who asked for it has long decided otherwise. */
    private void cancelLate(String clientId, String why) {
        OrderView order = tracker.find(clientId);
        if (order != null && !order.state().isTerminal()) {
            discrepancies.note(Kind.STUCK_ORDER, order, why);
            cancelStuck.accept(clientId);
        }
    }

    private boolean isAnswered(String clientId) {
        OrderView order = tracker.find(clientId);
        return order == null || !(needsQuery(order) || order.hasMissingFills());
    }

    private static boolean needsQuery(OrderView order) {
        return order.state() == OrderState.UNKNOWN || !order.pending().isEmpty() || order.isWithoutTerms();
    }

    private void ask(Doubt doubt, long nowMs) {
        OrderView order = tracker.find(doubt.clientId);
        Instrument instrument = order == null ? null : tracker.instrument(order.symbol());
        if (order == null || instrument == null) {
            return;
        }
        if (doubt.acceptUntilMs == 0) {
            doubt.acceptUntilMs = venue.acceptUntilMs();
        }
        doubt.isAsking = true;
        doubt.nextAtMs = nowMs + doubt.delayMs;
        doubt.delayMs = Math.min(limits.maxQueryMs(), doubt.delayMs * 2);
        queryCount++;
        if (needsQuery(order)) {
            venue.questions().query(order, instrument, answer -> onAnswer(doubt, answer, recorder::apply));
        } else {
            venue.questions().tradesOf(order, instrument, answer -> onAnswer(doubt, answer, recorder::applyPolled));
        }
    }

    private void onAnswer(Doubt doubt, VenueAnswer answer, Consumer<OrderReport> apply) {
        doubt.isAsking = false;
        if (answer instanceof VenueAnswer.Reported reported) {
            reported.reports().forEach(apply);
            settle(doubt);
        } else if (answer instanceof VenueAnswer.NotFound notFound) {
            onNotFound(doubt, notFound.serverAtMs());
        }
    }

    /** A cancel or amend that the venue can no longer take, on an order still live, did not happen. */
    private void settle(Doubt doubt) {
        OrderView order = tracker.find(doubt.clientId);
        boolean isOver = venue.acceptUntilMs() > doubt.acceptUntilMs + limits.graceMs();
        if (order != null && !order.pending().isEmpty() && isOver) {
            boolean isCancel = order.pending().equals(CANCEL);
            recorder.setPending(doubt.clientId, "");
            if (isCancel) {
                cancelLate(doubt.clientId, "its cancel did not happen");
            }
        }
    }

    private void onNotFound(Doubt doubt, long serverAtMs) {
        OrderView order = tracker.find(doubt.clientId);
        if (order == null || order.state() != OrderState.UNKNOWN) {
            vanishedCount++;
            if (order != null && !order.state().isTerminal()) {
                discrepancies.note(Kind.VANISHED_ORDER, order, "state=" + order.state());
            }
            return;
        }
        if (serverAtMs > doubt.acceptUntilMs + limits.graceMs() && ++doubt.strikes >= STRIKES_TO_REJECT) {
            recorder.reject(doubt.clientId, "not found at the venue after its last acceptance time");
        }
    }

    int count() {
        return doubts.size();
    }

    long queryCount() {
        return queryCount;
    }

    /** Not-found answers for orders that the venue had acknowledged. An alarm. */
    long vanishedCount() {
        return vanishedCount;
    }
}
