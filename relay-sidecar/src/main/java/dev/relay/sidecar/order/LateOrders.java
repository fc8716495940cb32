package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;

/**
 * Orders that the venue lists as open although they have ended here, as one that it took long after its place was given up.
 * A list may be older than the last push, so each is asked for by itself; one that is really open is noted as an orphan and
 * cancelled, at every reconciliation until it is gone: an ended order is never opened again, and none is left to itself.
 *
 * <p>Owned by the thread "orders"; keeps nothing.
 */
final class LateOrders {
    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final VenueOrders venue;
    private final Discrepancies discrepancies;

    LateOrders(OrderTracker tracker, OrderRecorder recorder, VenueOrders venue, Discrepancies discrepancies) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.venue = venue;
        this.discrepancies = discrepancies;
    }

    void onListed(OrderReport report) {
        OrderView order = tracker.ended(report);
        Instrument instrument = tracker.instrument(report.symbol());
        if (order != null && instrument != null) {
            venue.questions().query(order, instrument, answer -> onAnswer(order, instrument, answer));
        }
    }

    private void onAnswer(OrderView order, Instrument instrument, VenueAnswer answer) {
        if (!(answer instanceof VenueAnswer.Reported reported)) {
            return;
        }
        reported.reports().forEach(recorder::applyPolled);
        if (reported.reports().stream().anyMatch(LateOrders::isOpen)) {
            discrepancies.note(Kind.ORPHAN_ORDER, order, "open at the venue, here state=" + order.state());
            venue.cancel(order, instrument, cancelled -> {});
        }
    }

    private static boolean isOpen(OrderReport report) {
        OrderState state = report.state();
        return state != null && !state.isTerminal();
    }
}
