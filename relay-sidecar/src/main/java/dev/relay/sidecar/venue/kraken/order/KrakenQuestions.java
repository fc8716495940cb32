package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.TradePages;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is asked of Kraken by REST and what its answers mean. An order without a venue id is looked for by its client id
 * among the open ones, then among the ended ones. Trades of all pairs stand in one list, in pages of {@value #PAGE}, newest
 * first. Thread "orders".
 */
final class KrakenQuestions {
    private static final int PAGE = 50;
    /** Trades of one moment may be told apart in time by less than the list can. */
    private static final long OVERLAP_MS = 2_000;

    private static final long CREATED_BEFORE_MS = 60_000;

    private final KrakenRest rest;
    private final KrakenReports reports;
    private final LongSupplier venueMs;
    private final KrakenLookups lookups;

    KrakenQuestions(KrakenRest rest, KrakenReports reports, LongSupplier venueMs) {
        this.rest = rest;
        this.reports = reports;
        this.venueMs = venueMs;
        this.lookups = new KrakenLookups(rest, reports, venueMs);
    }

    void query(OrderView order, Consumer<VenueAnswer> answer) {
        if (!order.venueOrderId().isEmpty()) {
            find(order.venueOrderId(), answer);
            return;
        }
        Map<String, String> named = Map.of("cl_ord_id", order.clientId());
        long[] askedAtMs = new long[1]; // when the first left: what opens later is in neither list
        rest.ask(
                "OpenOrders",
                () -> {
                    askedAtMs[0] = venueMs.getAsLong();
                    return named;
                },
                result -> found(result.path("open"), askedAtMs[0]),
                open -> {
                    if (open instanceof VenueAnswer.NotFound) {
                        rest.ask(
                                "ClosedOrders",
                                () -> named,
                                result -> found(result.path("closed"), askedAtMs[0]),
                                answer);
                    } else {
                        answer.accept(open);
                    }
                });
    }

    private VenueAnswer found(JsonNode byId, long askedAtMs) {
        List<OrderReport> found = reports.orders(byId);
        return found.isEmpty() ? new VenueAnswer.NotFound(askedAtMs) : new VenueAnswer.Reported(found);
    }

    void find(String venueOrderId, Consumer<VenueAnswer> answer) {
        lookups.find(venueOrderId, answer);
    }

    void openOrders(Consumer<VenueAnswer> answer) {
        rest.askFirst(
                "OpenOrders",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Reported(reports.orders(result.path("open"))),
                answer);
    }

    /** From {@code fromId} on; 0 or less: the newest page. */
    void trades(long fromId, Consumer<VenueAnswer> answer) {
        boolean isAll = fromId > 0;
        long fromMs = isAll ? fromId - 1 - OVERLAP_MS : 0;
        TradePages.read((token, page) -> askTrades(fromMs, token, isAll, page), true, answer);
    }

    void tradesOf(OrderView order, Consumer<VenueAnswer> answer) {
        long fromMs = order.createdAtMs() - CREATED_BEFORE_MS;
        TradePages.read(
                (token, page) -> askTrades(fromMs, token, true, page),
                true,
                all -> answer.accept(VenueAnswer.only(order.venueOrderId(), all)));
    }

    /** What is traded meanwhile moves the others on, so that a page may repeat some of the one before and misses none. */
    private void askTrades(long fromMs, String token, boolean isAll, Consumer<VenueAnswer> answer) {
        int offset = token.isEmpty() ? 0 : Integer.parseInt(token);
        Map<String, String> params = new LinkedHashMap<>();
        params.put("start", BigDecimal.valueOf(Math.max(0, fromMs), 3).toPlainString());
        params.put("ofs", Integer.toString(offset));
        rest.askFirst(
                "TradesHistory",
                params,
                Priority.QUERY,
                result -> {
                    JsonNode trades = result.path("trades");
                    boolean isLast = !isAll || trades.size() < PAGE;
                    return new VenueAnswer.Page(reports.trades(trades), isLast ? "" : Integer.toString(offset + PAGE));
                },
                answer);
    }

    void balances(Consumer<VenueAnswer> answer) {
        rest.askFirst(
                "BalanceEx",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Balances(KrakenReports.balances(result, venueMs.getAsLong())),
                answer);
    }
}
