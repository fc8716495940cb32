package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueQuestions;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What each request to Binance says, and how its good answer is read. Stateless but for the reports' instruments. */
final class BinanceRequests {
    private final BinanceReports reports;

    BinanceRequests(BinanceReports reports) {
        this.reports = reports;
    }

    BinanceRequest place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        return orders(VenueCall.PLACE, newOrder(order, instrument), Source.ANSWER, answer);
    }

    BinanceRequest cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        return orders(VenueCall.CANCEL, identity(order, instrument), Source.ANSWER, answer);
    }

    BinanceRequest query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        return orders(VenueCall.QUERY, identity(order, instrument), Source.POLL, answer);
    }

    BinanceRequest find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = of(instrument);
        params.put("orderId", Long.valueOf(venueOrderId));
        return orders(VenueCall.QUERY, params, Source.POLL, answer);
    }

    private BinanceRequest orders(
            VenueCall call, Map<String, Object> params, Source source, Consumer<VenueAnswer> answer) {
        return request(call, params, (result, at) -> new VenueAnswer.Reported(reports.order(result, source)), answer);
    }

    BinanceRequest reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = identity(order, instrument);
        params.put("newQty", Decimals.text(quantity));
        params.put("newClientOrderId", order.clientId()); // else the venue would give it another one
        return request(
                VenueCall.REDUCE,
                params,
                (result, at) -> new VenueAnswer.Reported(List.of(reports.amended(result))),
                answer);
    }

    BinanceRequest replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = newOrder(replacement, instrument);
        params.put("cancelReplaceMode", "STOP_ON_FAILURE");
        if (old.venueOrderId().isEmpty()) {
            params.put("cancelOrigClientOrderId", old.clientId());
        } else {
            params.put("cancelOrderId", Long.valueOf(old.venueOrderId()));
        }
        if (old.cumulative().signum() == 0) {
            params.put("cancelRestrictions", "ONLY_NEW"); // a fill on its way would be asked for twice
        }
        return request(
                VenueCall.REPLACE, params, (result, at) -> new VenueAnswer.Reported(reports.replaced(result)), answer);
    }

    /** The old order is cancelled, and why the new one was not placed; or its own outcome is not known. */
    VenueAnswer halfReplaced(JsonNode data) {
        JsonNode refusal = data.path("newOrderResponse");
        int code = refusal.path("code").asInt(0);
        if (!data.path("cancelResult").asText("").equals("SUCCESS")
                || !data.path("newOrderResult").asText("").equals("FAILURE")
                || VenueErrors.isUnknownOutcome(0, code)) {
            return new VenueAnswer.InDoubt("half of a replace is not known: " + data);
        }
        return new VenueAnswer.Replaced(
                reports.order(data.path("cancelResponse"), Source.ANSWER),
                Integer.toString(code),
                refusal.path("msg").asText(""));
    }

    BinanceRequest openOrders(Consumer<VenueAnswer> answer) {
        return request(
                VenueCall.OPEN_ORDERS,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Reported(reports.orders(result)),
                answer);
    }

    BinanceRequest trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = of(instrument);
        if (fromId > 0) {
            params.put("fromId", fromId);
        }
        return trades(params, answer);
    }

    BinanceRequest tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = of(instrument);
        params.put("orderId", Long.valueOf(order.venueOrderId()));
        return trades(params, answer);
    }

    private BinanceRequest trades(Map<String, Object> params, Consumer<VenueAnswer> answer) {
        params.put("limit", VenueQuestions.TRADES_PAGE);
        return request(
                VenueCall.TRADES, params, (result, at) -> new VenueAnswer.Reported(reports.trades(result)), answer);
    }

    BinanceRequest balances(Consumer<VenueAnswer> answer) {
        return request(
                VenueCall.ACCOUNT,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Balances(reports.accountBalances(result, at)),
                answer);
    }

    /** How many orders the venue has counted; {@link BinanceCalls} takes the counts out of the answer. */
    BinanceRequest orderCounts() {
        return request(
                VenueCall.ORDER_COUNTS,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Reported(List.of()),
                answer -> {});
    }

    BinanceRequest subscribe(Consumer<VenueAnswer> answer) {
        return request(
                VenueCall.SUBSCRIBE,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Reported(List.of()),
                answer);
    }

    private static BinanceRequest request(
            VenueCall call, Map<String, Object> params, BinanceRequest.Reader read, Consumer<VenueAnswer> answer) {
        return new BinanceRequest(call, params, read, answer, false);
    }

    private static Map<String, Object> of(Instrument instrument) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        return params;
    }

    private static Map<String, Object> identity(OrderView order, Instrument instrument) {
        Map<String, Object> params = of(instrument);
        if (order.venueOrderId().isEmpty()) {
            params.put("origClientOrderId", order.clientId());
        } else {
            params.put("orderId", Long.valueOf(order.venueOrderId()));
        }
        return params;
    }

    private static Map<String, Object> newOrder(OrderView order, Instrument instrument) {
        Map<String, Object> params = of(instrument);
        params.put("side", order.terms().side().name());
        params.put("type", order.terms().type().name());
        if (order.terms().type() == OrderType.LIMIT) {
            params.put("timeInForce", String.valueOf(order.terms().timeInForce()));
        }
        BigDecimal price = order.terms().price();
        if (price != null) {
            params.put("price", Decimals.text(price));
        }
        params.put("quantity", Decimals.text(order.terms().quantity()));
        params.put("newClientOrderId", order.clientId());
        params.put("newOrderRespType", "FULL");
        return params;
    }
}
