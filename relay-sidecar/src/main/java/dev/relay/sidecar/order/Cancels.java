package dev.relay.sidecar.order;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cancels under way and who waits for them. Owned by the thread "orders".
 *
 * <p>A cancel of an order whose place is unanswered waits behind it; a second cancel of the same order joins the first.
 * A cancel answers only when the order's fills are booked, so that nobody replaces an order that was in fact filled.
 * Bounded: {@value #MAX_WAITERS} waiters an order, more are refused.
 */
final class Cancels {
    static final int MAX_WAITERS = 16;

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final VenueOrders venue;
    private final Doubts doubts;
    private final OrderClock clock;
    private final Map<String, List<Consumer<OrderResult>>> waiters = new LinkedHashMap<>();
    private final Set<String> inFlight = new HashSet<>();

    Cancels(OrderTracker tracker, OrderRecorder recorder, VenueOrders venue, Doubts doubts, OrderClock clock) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.venue = venue;
        this.doubts = doubts;
        this.clock = clock;
    }

    void cancel(String clientId, Consumer<OrderResult> done) {
        OrderView order = tracker.find(clientId);
        if (order == null) {
            done.accept(new OrderResult.Refused(RefusalCode.UNKNOWN_ORDER, "no order with this client id", null));
            return;
        }
        if (order.state().isTerminal() && !order.hasMissingFills()) {
            done.accept(ended(order));
            return;
        }
        List<Consumer<OrderResult>> list = waiters.computeIfAbsent(clientId, id -> new ArrayList<>());
        if (list.size() >= MAX_WAITERS) {
            done.accept(new OrderResult.Refused(
                    RefusalCode.TOO_MANY_ORDERS, "too many cancels wait for this order", order));
            return;
        }
        list.add(done);
        onChanged(order);
    }

    /** Everything open, of one symbol or of all; answered as one with the last of them. */
    void cancelAll(@Nullable String symbol, Consumer<OrderResult> done) {
        List<OrderView> targets = new ArrayList<>(tracker.openOrders());
        targets.removeIf(order -> symbol != null && !order.symbol().equals(symbol));
        List<OrderResult> results = new ArrayList<>();
        if (targets.isEmpty()) {
            done.accept(new OrderResult.Batch(results));
        }
        for (OrderView order : targets) {
            cancel(order.clientId(), result -> {
                results.add(result);
                if (results.size() == targets.size()) {
                    done.accept(new OrderResult.Batch(List.copyOf(results)));
                }
            });
        }
    }

    /** The order moved: a waiting cancel may now be sent, or is answered by the order's end. */
    void onChanged(OrderView order) {
        if (!waiters.containsKey(order.clientId())) {
            return;
        }
        if (order.state().isTerminal()) {
            if (!order.hasMissingFills()) {
                finish(order.clientId(), ended(order));
            }
        } else if (order.state() != OrderState.PENDING_NEW && inFlight.add(order.clientId())) {
            send(order);
        }
    }

    private void send(OrderView order) {
        Instrument instrument = tracker.instrumentOf(order);
        recorder.setPending(order.clientId(), Doubts.CANCEL);
        venue.cancel(order, instrument, answer -> {
            if (answer instanceof VenueAnswer.Again) {
                venue.cancel(order, instrument, second -> onAnswer(order.clientId(), instrument, second));
            } else {
                onAnswer(order.clientId(), instrument, answer);
            }
        });
    }

    private void onAnswer(String clientId, Instrument instrument, VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Reported reported) {
            recorder.applyAll(reported.reports());
            lookAgain(clientId, instrument, null);
        } else if (answer instanceof VenueAnswer.Refused refused) {
            lookAgain(clientId, instrument, new OrderResult.Refused(RefusalCode.of(refused), refused.reason(), null));
        } else if (answer instanceof VenueAnswer.NotSent notSent) {
            giveUp(clientId, new OrderResult.Refused(RefusalCode.of(notSent), notSent.reason(), null));
        } else if (answer instanceof VenueAnswer.Again again) {
            giveUp(clientId, new OrderResult.Refused(RefusalCode.VENUE_UNAVAILABLE, again.reason(), null));
        } else {
            inDoubt(clientId);
        }
    }

    /** After an answer the order should have ended; where it has not, a query shows why before anybody is told. */
    private void lookAgain(String clientId, Instrument instrument, OrderResult.@Nullable Refused refused) {
        OrderView order = tracker.find(clientId);
        if (order == null || order.state().isTerminal()) {
            inFlight.remove(clientId);
            return;
        }
        venue.questions().query(order, instrument, answer -> {
            if (answer instanceof VenueAnswer.Reported reported) {
                recorder.applyAll(reported.reports());
            }
            OrderView now = tracker.find(clientId);
            if (now == null || now.state().isTerminal()) {
                inFlight.remove(clientId);
            } else if (refused == null || !(answer instanceof VenueAnswer.Reported)) {
                inDoubt(clientId);
            } else {
                giveUp(clientId, refused);
            }
        });
    }

    private void giveUp(String clientId, OrderResult.Refused refused) {
        List<Consumer<OrderResult>> waiting = waiters.remove(clientId);
        inFlight.remove(clientId);
        recorder.setPending(clientId, "");
        answer(waiting, new OrderResult.Refused(refused.code(), refused.reason(), tracker.find(clientId)));
    }

    private void inDoubt(String clientId) {
        List<Consumer<OrderResult>> waiting = waiters.remove(clientId);
        inFlight.remove(clientId);
        doubts.add(clientId, venue.acceptUntilMs(), clock.monotonicMs());
        OrderView order = tracker.find(clientId);
        if (order != null) {
            answer(waiting, order.state().isTerminal() ? ended(order) : new OrderResult.Unknown(order));
        }
    }

    private void finish(String clientId, OrderResult result) {
        List<Consumer<OrderResult>> waiting = waiters.remove(clientId);
        inFlight.remove(clientId);
        answer(waiting, result);
    }

    private static void answer(@Nullable List<Consumer<OrderResult>> waiting, OrderResult result) {
        if (waiting != null) {
            waiting.forEach(done -> done.accept(result));
        }
    }

    static OrderResult ended(OrderView order) {
        return order.state() == OrderState.CANCELLED
                ? new OrderResult.Accepted(order)
                : new OrderResult.Refused(RefusalCode.ORDER_ENDED, "order is " + order.state(), order);
    }

    /** The order's intent was refused by the journal: there is nothing to cancel. */
    void forget(String clientId) {
        finish(clientId, new OrderResult.Refused(RefusalCode.UNKNOWN_ORDER, "the order was never placed", null));
    }

    boolean isWaitedFor(String clientId) {
        return waiters.containsKey(clientId);
    }

    int waitingCount() {
        return waiters.size();
    }
}
