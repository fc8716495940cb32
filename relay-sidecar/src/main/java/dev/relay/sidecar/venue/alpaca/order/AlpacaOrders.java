package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.alpaca.order.AlpacaRest.Call;
import dev.relay.sidecar.venue.order.JsonRest;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes by Alpaca's REST. A cancel goes by the venue's id, so an order without one is looked up first; a replace is a new
 * order, and its answer a promise only: the old one ends when it is told to be replaced, or goes on when it was filled first
 * and the new one is rejected. Thread "orders"; keeps nothing.
 */
final class AlpacaOrders {
    private final AlpacaRest rest;
    private final AlpacaReports reports;
    private final AlpacaQuestions questions;

    AlpacaOrders(AlpacaRest rest, AlpacaReports reports, AlpacaQuestions questions) {
        this.rest = rest;
        this.reports = reports;
        this.questions = questions;
    }

    void place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (order.terms().type() == OrderType.LIMIT_MAKER) {
            answer.accept(new VenueAnswer.Refused("UNSUPPORTED", "Alpaca has no orders that only make"));
            return;
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("symbol", instrument.venueSymbol());
        body.put("side", order.terms().side().name().toLowerCase(Locale.ROOT));
        body.put("type", order.terms().type().name().toLowerCase(Locale.ROOT));
        body.put("time_in_force", timeInForce(order, instrument));
        body.put("qty", Decimals.text(order.terms().quantity()));
        BigDecimal price = order.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", order.clientId());
        rest.send(new Call("POST", "/orders", JsonRest.json(body), Priority.PLACE, true), this::answered, answer);
    }

    private static String timeInForce(OrderView order, Instrument instrument) {
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null) {
            return tif.name().toLowerCase(Locale.ROOT);
        }
        return AlpacaOrderConfig.isShares(instrument) ? "day" : "gtc";
    }

    private VenueAnswer answered(JsonNode order) {
        return new VenueAnswer.Reported(reports.order(order, Source.ANSWER));
    }

    void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (order.venueOrderId().isEmpty()) {
            questions.query(order, instrument, found -> cancelFound(found, answer));
        } else {
            cancel(order.venueOrderId(), answer);
        }
    }

    /** The answer is empty, so the order is looked at behind it where there is room for that. */
    private void cancel(String venueOrderId, Consumer<VenueAnswer> answer) {
        String path = "/orders/" + venueOrderId;
        Call look = new Call("GET", path, null, Priority.CANCEL, false);
        rest.send(
                new Call("DELETE", path, null, Priority.CANCEL, false),
                empty -> new VenueAnswer.Reported(List.of()),
                done -> {
                    if (done instanceof VenueAnswer.Reported) {
                        rest.send(
                                look,
                                this::answered,
                                seen -> answer.accept(seen instanceof VenueAnswer.Reported ? seen : done));
                    } else {
                        answer.accept(done);
                    }
                });
    }

    private void cancelFound(VenueAnswer found, Consumer<VenueAnswer> answer) {
        if (found instanceof VenueAnswer.Reported reported
                && !reported.reports().isEmpty()) {
            OrderReport report = reported.reports().get(0);
            OrderState state = report.state();
            if (state == null || !state.isTerminal()) {
                cancel(report.venueOrderId(), answer);
                return;
            }
        }
        answer.accept(found);
    }

    void replace(OrderView old, OrderView replacement, Consumer<VenueAnswer> answer) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("qty", Decimals.text(replacement.terms().quantity()));
        BigDecimal price = replacement.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", replacement.clientId());
        Call call = new Call("PATCH", "/orders/" + old.venueOrderId(), JsonRest.json(body), Priority.PLACE, true);
        rest.send(call, this::answered, answer);
    }
}
