package dev.relay.sidecar.order;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a reconciliation that books what was traded behind the last trade booked, one list of the venue after the
 * other: one of each instrument, or one of the account. Owned by the thread "orders".
 *
 * <p>The first reading of a list only anchors its cursor at the newest trade: what the account did before is not ours to
 * book. A trade of an order nobody knows may belong to a place of that instrument that has no venue id yet: the venue is
 * asked whose order it is, once in a run. One that it tells and that is none of those is a stranger's; where it cannot tell,
 * this trade and those behind it wait, and LIVE with them.
 */
final class MissedTrades {
    /** Name of the cursor where all instruments have one list. */
    private static final String ALL = "*";

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final OrderLog log;
    private final VenueQuestions venue;
    private final ReconcileSteps steps;
    private final Map<String, Long> cursors;
    private final Set<String> askedOwners = new HashSet<>();
    private final Set<String> strangers = new HashSet<>();
    private boolean areSomeDeferred;

    MissedTrades(
            OrderTracker tracker,
            OrderRecorder recorder,
            OrderLog log,
            VenueQuestions venue,
            ReconcileSteps steps,
            Map<String, Long> cursors) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.log = log;
        this.venue = venue;
        this.steps = steps;
        this.cursors = new HashMap<>(cursors);
    }

    /** A new run begins. */
    void begin() {
        areSomeDeferred = false;
        askedOwners.clear();
        strangers.clear();
    }

    /** Trades could not be booked in this run, so that this side may not know all. */
    boolean areSomeDeferred() {
        return areSomeDeferred;
    }

    void addSteps() {
        List<Instrument> instruments = tracker.instruments();
        int lists = venue.listsTradesTogether() ? Math.min(1, instruments.size()) : instruments.size();
        instruments.subList(0, lists).forEach(instrument -> steps.add(() -> read(instrument)));
    }

    private void read(Instrument instrument) {
        String list = venue.listsTradesTogether() ? ALL : instrument.symbol();
        Long cursor = cursor(list);
        if (cursor == null) {
            venue.trades(instrument, 0, steps.answered(answer -> onAnchor(list, answer)));
        } else {
            venue.trades(instrument, cursor + 1, steps.answered(answer -> onTrades(instrument, list, answer)));
        }
    }

    /** Of a list that was read instrument by instrument before, the earliest. */
    private @Nullable Long cursor(String list) {
        Long own = cursors.get(list);
        return own != null || !list.equals(ALL) || cursors.isEmpty() ? own : Collections.min(cursors.values());
    }

    private boolean onAnchor(String list, VenueAnswer answer) {
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
        saveCursor(list, newest);
        return true;
    }

    private boolean onTrades(Instrument instrument, String list, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return false;
        }
        long before = cursors.getOrDefault(list, 0L);
        Deque<OrderReport> trades = new ArrayDeque<>(reported.reports());
        boolean isFull = trades.size() >= VenueQuestions.TRADES_PAGE;
        book(list, trades);
        if (isFull && trades.isEmpty() && cursors.getOrDefault(list, 0L) > before) {
            steps.addFirst(() -> read(instrument));
        }
        return true;
    }

    /** In their order, up to one of which it is not known whose it is; the others follow when it is. */
    private void book(String list, Deque<OrderReport> trades) {
        long booked = 0;
        while (!trades.isEmpty() && !isAmbiguous(trades.element())) {
            OrderReport trade = trades.remove();
            recorder.applyPolled(trade);
            booked = Math.max(booked, tradeId(trade));
        }
        if (booked > cursors.getOrDefault(list, 0L)) {
            saveCursor(list, booked);
        }
        if (!trades.isEmpty()) {
            findOwner(trades.element(), () -> {
                book(list, trades);
                steps.next();
            });
        }
    }

    private boolean isAmbiguous(OrderReport report) {
        Fill fill = report.fill();
        boolean isKnown = tracker.knowsVenueOrder(report.symbol(), report.venueOrderId())
                || (fill != null && tracker.hasFill(fill.key()));
        return !isKnown && !strangers.contains(orderOf(report)) && tracker.hasUnnamedOrder(report.symbol());
    }

    private static String orderOf(OrderReport report) {
        return report.symbol() + '/' + report.venueOrderId();
    }

    private void findOwner(OrderReport report, Runnable then) {
        Instrument traded = tracker.instrument(report.symbol());
        if (traded == null || !askedOwners.add(orderOf(report))) {
            areSomeDeferred = true;
            return;
        }
        steps.addFirst(() -> venue.find(traded, report.venueOrderId(), steps.answered(this::onOwner)), then);
    }

    /** Not found is no failure of the run. */
    private boolean onOwner(VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Reported reported) {
            reported.reports().forEach(owner -> {
                recorder.applyPolled(owner);
                strangers.add(orderOf(owner)); // if it is ours the tracker knows it now
            });
            return true;
        }
        return answer == VenueAnswer.UNSUPPORTED || answer instanceof VenueAnswer.NotFound;
    }

    private long tradeId(OrderReport report) {
        Fill fill = report.fill();
        return fill == null ? 0 : venue.cursorOf(fill);
    }

    private void saveCursor(String list, long tradeId) {
        cursors.put(list, tradeId);
        log.saveCursor(list, tradeId);
    }
}
