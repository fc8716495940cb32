package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.alpaca.order.AlpacaRest.Call;
import dev.relay.sidecar.venue.order.TradePages;
import dev.relay.sidecar.venue.order.TradesInOneList;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is asked of Alpaca by REST and what its answers mean. Fills of all symbols stand in one list, in pages of
 * {@value #PAGE}. Thread "orders".
 */
final class AlpacaQuestions extends TradesInOneList {
    private static final int PAGE = 100;

    private final AlpacaRest rest;
    private final AlpacaReports reports;
    private final LongSupplier nowMs;

    AlpacaQuestions(AlpacaRest rest, AlpacaReports reports, LongSupplier nowMs) {
        this.rest = rest;
        this.reports = reports;
        this.nowMs = nowMs;
    }

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        ask(
                order.venueOrderId().isEmpty()
                        ? "/orders:by_client_order_id?client_order_id=" + order.clientId()
                        : "/orders/" + order.venueOrderId(),
                answer);
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        ask("/orders/" + venueOrderId, answer);
    }

    private void ask(String path, Consumer<VenueAnswer> answer) {
        rest.send(Call.get(path), found -> new VenueAnswer.Reported(reports.order(found, Source.POLL)), answer);
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        rest.send(
                Call.get("/orders?status=open&limit=500"),
                found -> new VenueAnswer.Reported(reports.orders(found)),
                answer);
    }

    @Override
    protected void readNewestTrades(Consumer<VenueAnswer> answer) {
        TradePages.read((token, page) -> askFills("direction=desc", token, false, page), true, answer);
    }

    @Override
    protected void readTrades(long fromMs, Consumer<VenueAnswer> answer) {
        String query = "direction=asc&after=" + moment(fromMs);
        TradePages.read((token, page) -> askFills(query, token, true, page), false, answer);
    }

    private static String moment(long ms) {
        return encoded(Instant.ofEpochMilli(Math.max(0, ms)).toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void askFills(String query, String token, boolean isAll, Consumer<VenueAnswer> answer) {
        String behind = token.isEmpty() ? "" : "&page_token=" + encoded(token);
        rest.send(
                Call.get("/account/activities/FILL?page_size=" + PAGE + "&" + query + behind),
                list -> page(list, isAll),
                answer);
    }

    /** The id of the last fill names the page behind a full one. */
    private VenueAnswer page(JsonNode list, boolean isAll) {
        List<OrderReport> found = new ArrayList<>();
        for (JsonNode activity : list) {
            OrderReport report = reports.activity(activity);
            if (report != null) {
                found.add(report);
            }
        }
        boolean isLast = !isAll || list.size() < PAGE;
        return new VenueAnswer.Page(found, isLast ? "" : AlpacaReports.text(list.path(PAGE - 1), "id"));
    }

    /** Cash of the account, then the positions. */
    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        JsonNode[] account = new JsonNode[1];
        rest.send(
                Call.get("/account"),
                found -> {
                    account[0] = found;
                    return new VenueAnswer.Reported(List.of());
                },
                done -> {
                    if (done instanceof VenueAnswer.Reported) {
                        rest.send(
                                Call.get("/positions"),
                                positions -> new VenueAnswer.Balances(
                                        reports.balances(account[0], positions, nowMs.getAsLong())),
                                answer);
                    } else {
                        answer.accept(done);
                    }
                });
    }
}
