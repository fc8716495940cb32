package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.TradePages;
import dev.relay.sidecar.venue.order.TradesInOneList;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is asked of Kraken by REST and what its answers mean. Trades of all pairs stand in one list, in pages of {@value #PAGE}, newest
 * first. Thread "orders".
 */
final class KrakenQuestions extends TradesInOneList {
    private static final int PAGE = 50;

    private final KrakenRest rest;
    private final KrakenReports reports;
    private final LongSupplier venueMs;
    private final KrakenLookups lookups;
    private final KrakenSearch search;

    KrakenQuestions(KrakenRest rest, KrakenReports reports, LongSupplier venueMs) {
        this.rest = rest;
        this.reports = reports;
        this.venueMs = venueMs;
        this.lookups = new KrakenLookups(rest, reports, venueMs);
        this.search = new KrakenSearch(rest, reports, venueMs);
    }

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (!order.venueOrderId().isEmpty()) {
            find(instrument, order.venueOrderId(), answer);
        } else {
            search.find(order, answer);
        }
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        lookups.find(venueOrderId, answer);
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        rest.askFirst(
                "OpenOrders",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Reported(reports.orders(result.path("open"))),
                answer);
    }

    @Override
    protected void readNewestTrades(Consumer<VenueAnswer> answer) {
        TradePages.read((token, page) -> askTrades(0, token, false, page), true, answer);
    }

    @Override
    protected void readTrades(long fromMs, Consumer<VenueAnswer> answer) {
        TradePages.read((token, page) -> askTrades(fromMs, token, true, page), true, answer);
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

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        rest.askFirst(
                "BalanceEx",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Balances(KrakenReports.balances(result, venueMs.getAsLong())),
                answer);
    }
}
