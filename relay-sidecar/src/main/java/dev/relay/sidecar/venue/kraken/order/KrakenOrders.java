package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.OrderConnection;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes: by the socket while it is ready, places and cancels by REST while it is not. Which way one goes is decided once,
 * when it leaves; what has no certain answer is in doubt and never sent again. Each pair's counter is kept here, since it
 * is the same for both ways. Thread "orders"; one counter a pair.
 */
final class KrakenOrders {
    private static final double PAIR_MOST = 125;
    private static final double PAIR_FALL_PER_SECOND = 2.34;
    /** Of an order younger than 5 s; the age is not worth looking at. */
    private static final int COST_OF_AMEND = 4;

    /** The venue counts an order's age from its arrival, which is later than its intent. */
    private static final long YOUNGER_MS = 1_000;

    private final OrderConnection connection;
    private final KrakenCalls calls;
    private final KrakenRest rest;
    private final OrderClock clock;
    private final LongSupplier acceptUntilMs;
    private final long formerActMs;
    private final Map<String, DecayingCounter> pairs = new HashMap<>();

    /**
     * @param acceptUntilMs the venue's time after which it takes no order written now; -1 while its time is unknown
     * @param formerActMs when a former process did something last, 0 without one: it may have used all that there was
     */
    KrakenOrders(
            OrderConnection connection,
            KrakenCalls calls,
            KrakenRest rest,
            OrderClock clock,
            LongSupplier acceptUntilMs,
            long formerActMs) {
        this.connection = connection;
        this.calls = calls;
        this.rest = rest;
        this.clock = clock;
        this.acceptUntilMs = acceptUntilMs;
        this.formerActMs = formerActMs;
    }

    /** Returns the venue's time after which it does not accept this order. */
    long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long untilMs = acceptUntilMs.getAsLong();
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null && tif != TimeInForce.GTC && tif != TimeInForce.IOC) {
            answer.accept(new VenueAnswer.Refused(RefusalCode.UNSUPPORTED.name(), "time in force " + tif));
        } else if (untilMs < 0) {
            answer.accept(KrakenCalls.notSent("the venue's time is not known yet"));
        } else if (!connection.isReady() && rest.isBusy()) {
            rest.awaitTurn(answer);
        } else if (hasRoom(order.symbol(), 1, answer)) {
            write(order, instrument, untilMs, told -> {
                watchPair(order.symbol(), told);
                answer.accept(told);
            });
        }
        return untilMs;
    }

    private void write(OrderView order, Instrument instrument, long untilMs, Consumer<VenueAnswer> answer) {
        if (connection.isReady()) {
            calls.ask(
                    "add_order",
                    KrakenWrites.newOrder(order, instrument, untilMs),
                    result -> accepted(order, result.path("order_id")),
                    answer);
        } else {
            rest.place(
                    KrakenWrites.newRestOrder(order, instrument, untilMs),
                    result -> accepted(order, result.path("txid").path(0)),
                    answer);
        }
    }

    private VenueAnswer accepted(OrderView order, JsonNode id) {
        if (id.asText("").isEmpty()) {
            throw new IllegalArgumentException("answer lacks the order's id");
        }
        return reported(order, id.asText(), OrderState.OPEN, null);
    }

    private VenueAnswer reported(
            OrderView order, String venueOrderId, @Nullable OrderState state, @Nullable BigDecimal quantity) {
        return new VenueAnswer.Reported(List.of(new OrderReport(
                Source.ANSWER,
                order.symbol(),
                order.clientId(),
                venueOrderId,
                state,
                null,
                null,
                quantity == null ? null : order.terms().withQuantity(quantity),
                "",
                acceptUntilMs.getAsLong())));
    }

    void cancel(OrderView order, Consumer<VenueAnswer> answer) {
        pair(order.symbol())
                .add(KrakenWrites.costOfCancel(clock.wallMs() - order.createdAtMs() - YOUNGER_MS), clock.monotonicMs());
        if (connection.isReady()) {
            calls.ask("cancel_order", KrakenWrites.named(order), result -> new VenueAnswer.Reported(List.of()), answer);
        } else {
            rest.cancel(KrakenWrites.restNamed(order), result -> new VenueAnswer.Reported(List.of()), answer);
        }
    }

    /** By the socket alone: an order that cannot be amended now stays as it is. */
    void reduce(OrderView order, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        if (order.venueOrderId().isEmpty() || !connection.isReady()) {
            answer.accept(KrakenCalls.notSent(connection.isReady() ? "its id is not known yet" : "not connected"));
        } else if (hasRoom(order.symbol(), COST_OF_AMEND, answer)) {
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("order_id", order.venueOrderId());
            params.put("order_qty", quantity);
            calls.ask("amend_order", params, result -> reported(order, order.venueOrderId(), null, quantity), answer);
        }
    }

    private DecayingCounter pair(String symbol) {
        return pairs.computeIfAbsent(symbol, unused -> {
            DecayingCounter counter = new DecayingCounter(PAIR_MOST, PAIR_FALL_PER_SECOND);
            if (formerActMs > 0) {
                counter.exhaust(clock.monotonicMs() - Math.max(0, clock.wallMs() - formerActMs));
            }
            return counter;
        });
    }

    /** Takes what a write costs of the pair's counter; false: it is full, and answered so. */
    private boolean hasRoom(String symbol, int cost, Consumer<VenueAnswer> answer) {
        long waitMs = pair(symbol).take(cost, Priority.PLACE.share, clock.monotonicMs());
        if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the pair's counter is full, retry_after_ms=" + waitMs));
        }
        return waitMs == 0;
    }

    /** The venue counts more than this side does, as after a restart. */
    private void watchPair(String symbol, VenueAnswer told) {
        if (told instanceof VenueAnswer.Refused refused && KrakenErrors.isOfPair(refused.reason())) {
            pair(symbol).exhaust(clock.monotonicMs());
        }
    }

    /** What the pairs' counters leave, by name. */
    Map<String, Object> left() {
        Map<String, Object> left = new LinkedHashMap<>();
        pairs.forEach((symbol, counter) -> left.put("pair_left_" + symbol, (long) counter.left(clock.monotonicMs())));
        return left;
    }
}
