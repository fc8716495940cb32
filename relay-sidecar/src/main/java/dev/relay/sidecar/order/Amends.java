package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Other terms for open orders. Owned by the thread "orders".
 *
 * <p>Less quantity at the same price changes the order as it stands: it keeps its client id and its place in the queue.
 * Anything else cancels it and puts another in its place, in one request that places only what follows a done cancel; the
 * new order has an id of its own, an intent in the journal and the checks of any place, with the old one left out since only
 * one of the two can be executed. Nothing is written past a closed gate or the time to live.
 *
 * <p>Bounded: one amend an order at a time, a second is refused ORDER_BUSY, and so is one of an order that is being cancelled; one whose order's place is unanswered waits for
 * it at most for its time to live.
 */
final class Amends {
    /** What became of an order is usually told within. */
    private static final long NEWS_MS = 300;

    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final VenueOrders venue;
    private final Doubts doubts;
    private final Places places;
    private final OrderClock clock;
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();
    private final Set<String> inFlight = new HashSet<>();
    private final Map<String, BigDecimal> inDoubt = new HashMap<>();

    private record Waiting(OrderRequest.Amend request, Consumer<OrderResult> done) {}

    Amends(
            OrderTracker tracker,
            OrderRecorder recorder,
            VenueOrders venue,
            Doubts doubts,
            Places places,
            OrderClock clock) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.venue = venue;
        this.doubts = doubts;
        this.places = places;
        this.clock = clock;
    }

    void amend(OrderRequest.Amend request, Consumer<OrderResult> done) {
        OrderView replacement = tracker.find(request.newClientId());
        OrderView order = tracker.find(request.clientId());
        if (replacement != null) {
            places.join(replacement, done); // the same request came before
        } else if (order == null) {
            done.accept(refused(RefusalCode.UNKNOWN_ORDER, "no order with this client id"));
        } else if (order.state().isTerminal()) {
            done.accept(Cancels.ended(order));
        } else if (isBusy(order)) {
            done.accept(new OrderResult.Refused(
                    RefusalCode.ORDER_BUSY, "a cancel or an amend of this order is under way", order));
        } else if (order.state().isAcknowledged()) {
            start(order, request, done);
        } else {
            waiting.put(order.clientId(), new Waiting(request, done));
        }
    }

    private boolean isBusy(OrderView order) {
        String id = order.clientId();
        return waiting.containsKey(id)
                || inFlight.contains(id)
                || inDoubt.containsKey(id)
                || !order.pending().isEmpty();
    }

    /** The order moved: an amend that waited for its place can go on, and one in doubt may have shown itself. */
    void onChanged(OrderView order) {
        String id = order.clientId();
        BigDecimal wanted = inDoubt.get(id);
        if (wanted != null && (order.state().isTerminal() || order.pending().isEmpty() || isReached(order, wanted))) {
            inDoubt.remove(id);
            clear(id);
        }
        Waiting waiter = order.state().isAcknowledged() ? waiting.remove(id) : null;
        if (waiter != null && order.state().isTerminal()) {
            waiter.done().accept(Cancels.ended(order));
        } else if (waiter != null) {
            start(order, waiter.request(), waiter.done());
        }
    }

    private static boolean isReached(OrderView order, BigDecimal wanted) {
        return wanted.signum() > 0 && order.terms().quantity().compareTo(wanted) <= 0;
    }

    void tick(long nowMs) {
        if (waiting.isEmpty()) {
            return;
        }
        List<Waiting> late = new ArrayList<>();
        waiting.values().removeIf(waiter -> waiter.request().expiresAtMs() <= nowMs && late.add(waiter));
        late.forEach(waiter -> waiter.done()
                .accept(refused(RefusalCode.TTL_EXPIRED, "time to live ended before the order was known")));
    }

    private void start(OrderView order, OrderRequest.Amend request, Consumer<OrderResult> done) {
        BigDecimal now = order.terms().price();
        if (now == null) {
            done.accept(refused(RefusalCode.UNSUPPORTED, "an order without price cannot be amended"));
            return;
        }
        BigDecimal price = request.price() == null ? now : request.price();
        BigDecimal quantity = request.quantity() == null ? order.terms().quantity() : request.quantity();
        int more = quantity.compareTo(order.terms().quantity());
        boolean isSamePrice = price.compareTo(now) == 0;
        if (isExecuted(order, quantity)) {
            done.accept(executed(order));
        } else if (isSamePrice && more == 0) {
            done.accept(new OrderResult.Accepted(order));
        } else if (isSamePrice && more < 0) {
            reduce(order, request, quantity, done);
        } else {
            replace(order, request, order.terms().withPrice(price).withQuantity(quantity), done);
        }
    }

    private static boolean isExecuted(OrderView order, BigDecimal quantity) {
        return quantity.compareTo(order.cumulative()) <= 0;
    }

    private static OrderResult executed(OrderView order) {
        return new OrderResult.Refused(RefusalCode.BAD_REQUEST, "quantity is not above what is executed", order);
    }

    private void reduce(OrderView order, OrderRequest.Amend request, BigDecimal quantity, Consumer<OrderResult> done) {
        OrderResult.Refused refusal = places.checkState(request.expiresAtMs());
        if (refusal != null) {
            done.accept(refusal);
            return;
        }
        inFlight.add(order.clientId());
        recorder.setPending(order.clientId(), Doubts.AMEND, () -> writeReduce(request, quantity, true, done));
    }

    private void writeReduce(
            OrderRequest.Amend request, BigDecimal quantity, boolean mayRepeat, Consumer<OrderResult> done) {
        OrderView order = need(request.clientId());
        OrderResult.Refused refusal = places.lastGate(request.expiresAtMs());
        if (refusal != null || order.state().isTerminal()) {
            finish(order.clientId(), refusal != null ? refusal : Cancels.ended(order), done);
            return;
        }
        if (isExecuted(order, quantity)) { // while its row was on the way to the journal
            finish(order.clientId(), executed(order), done);
            return;
        }
        venue.reduce(order, tracker.instrumentOf(order), quantity, answer -> {
            if (answer instanceof VenueAnswer.Again && mayRepeat) {
                writeReduce(request, quantity, false, done);
            } else if (answer == VenueAnswer.UNSUPPORTED) {
                end(order.clientId());
                replace(order, request, order.terms().withQuantity(quantity), done);
            } else {
                onReduced(order.clientId(), quantity, answer, done);
            }
        });
    }

    private void onReduced(String clientId, BigDecimal quantity, VenueAnswer answer, Consumer<OrderResult> done) {
        if (answer instanceof VenueAnswer.Reported reported) {
            recorder.applyAll(reported.reports());
            finish(clientId, Places.outcomeOf(need(clientId)), done);
        } else if (answer instanceof VenueAnswer.Refused refused) {
            lookAgain(clientId, () -> finish(clientId, refusedNow(clientId, refused), done));
        } else if (answer instanceof VenueAnswer.NotSent notSent) {
            finish(clientId, refused(RefusalCode.of(notSent), notSent.reason()), done);
        } else if (answer instanceof VenueAnswer.Again again) {
            finish(clientId, refused(RefusalCode.VENUE_UNAVAILABLE, again.reason()), done);
        } else {
            doubt(clientId, quantity);
            done.accept(new OrderResult.Unknown(need(clientId)));
        }
    }

    private OrderResult refusedNow(String clientId, VenueAnswer.Refused refused) {
        OrderView order = need(clientId);
        return order.state().isTerminal()
                ? Cancels.ended(order)
                : new OrderResult.Refused(RefusalCode.of(refused), refused.code() + " " + refused.reason(), order);
    }

    private void doubt(String clientId, BigDecimal quantity) {
        inFlight.remove(clientId);
        if (!need(clientId).state().isTerminal()) {
            inDoubt.put(clientId, quantity);
            doubts.add(clientId, venue.acceptUntilMs(), clock.monotonicMs() + NEWS_MS);
        }
    }

    /** {@code terms}: with the quantity in all; the new order asks for what is not executed of it. */
    private void replace(OrderView old, OrderRequest.Amend request, OrderTerms terms, Consumer<OrderResult> done) {
        OrderRequest.Place place = new OrderRequest.Place(
                request.newClientId(),
                old.agent(),
                old.symbol(),
                terms.withQuantity(terms.quantity().subtract(old.cumulative())),
                request.expiresAtMs());
        String oldId = old.clientId();
        inFlight.add(oldId);
        places.replace(
                place,
                old,
                (order, instrument, answer) -> {
                    OrderView now = need(oldId);
                    if (now.state().isTerminal()) {
                        answer.accept(
                                new VenueAnswer.Refused(RefusalCode.ORDER_ENDED.name(), "order is " + now.state()));
                        return 0;
                    }
                    recorder.setPending(oldId, Doubts.AMEND);
                    return venue.replace(now, order, instrument, told -> onReplaced(oldId, told, answer));
                },
                result -> {
                    inFlight.remove(oldId);
                    if (result instanceof OrderResult.Refused && !inDoubt.containsKey(oldId)) {
                        clear(oldId); // where it was never written nobody else does
                    }
                    done.accept(result);
                });
    }

    /** What became of the old order; the new one's fate goes on to {@link Places}. */
    private void onReplaced(String oldId, VenueAnswer told, Consumer<VenueAnswer> answer) {
        if (told instanceof VenueAnswer.Replaced half) {
            recorder.applyAll(half.reports());
            answer.accept(new VenueAnswer.Refused(half.code(), half.reason()));
        } else if (told instanceof VenueAnswer.Refused refused) {
            lookAgain(oldId, () -> {
                end(oldId);
                OrderView old = need(oldId);
                answer.accept(
                        old.state().isTerminal()
                                ? new VenueAnswer.Refused(RefusalCode.ORDER_ENDED.name(), "order is " + old.state())
                                : refused);
            });
        } else if (told instanceof VenueAnswer.Reported) {
            answer.accept(told);
            if (!need(oldId).state().isTerminal()) { // only promised: its own end is told, or asked for
                doubt(oldId, BigDecimal.ZERO);
            }
        } else {
            if (told instanceof VenueAnswer.InDoubt) {
                doubt(oldId, BigDecimal.ZERO);
            } else if (!(told instanceof VenueAnswer.Again)) {
                end(oldId);
            }
            answer.accept(told);
        }
    }

    /** Why a request was refused shows in the order; its fills are booked before anybody is told. */
    private void lookAgain(String clientId, Runnable then) {
        OrderView order = need(clientId);
        venue.questions().query(order, tracker.instrumentOf(order), answer -> {
            if (answer instanceof VenueAnswer.Reported reported) {
                recorder.applyAll(reported.reports());
            }
            then.run();
        });
    }

    private void finish(String clientId, OrderResult result, Consumer<OrderResult> done) {
        end(clientId);
        done.accept(result);
    }

    private void end(String clientId) {
        inFlight.remove(clientId);
        clear(clientId);
    }

    private void clear(String clientId) {
        OrderView order = tracker.find(clientId);
        if (order != null && order.pending().equals(Doubts.AMEND)) {
            recorder.setPending(clientId, "");
        }
    }

    private OrderView need(String clientId) {
        OrderView order = tracker.find(clientId);
        if (order == null) {
            throw new IllegalStateException("order of an amend is gone, id=" + clientId);
        }
        return order;
    }

    private static OrderResult.Refused refused(RefusalCode code, String reason) {
        return new OrderResult.Refused(code, reason, null);
    }

    int waitingCount() {
        return waiting.size() + inFlight.size() + inDoubt.size();
    }
}
