package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.VenueAnswer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads the trade history page after page, newest first, one request at a time, and answers once, oldest first. Thread
 * "orders"; at most {@value #MOST_PAGES} pages.
 */
final class TradePages {
    private static final int PAGE = 50;
    private static final int MOST_PAGES = 40;

    private final KrakenRest rest;
    private final KrakenReports reports;
    private final Instrument instrument;
    private final long fromMs;
    private final boolean isAll;
    private final Consumer<VenueAnswer> answer;
    private final List<OrderReport> found = new ArrayList<>();
    private int pages;
    private int lastPage;

    /** @param isAll false: the newest page alone */
    TradePages(
            KrakenRest rest,
            KrakenReports reports,
            Instrument instrument,
            long fromMs,
            boolean isAll,
            Consumer<VenueAnswer> answer) {
        this.rest = rest;
        this.reports = reports;
        this.instrument = instrument;
        this.fromMs = Math.max(0, fromMs);
        this.isAll = isAll;
        this.answer = answer;
    }

    void next() {
        Map<String, String> params = new LinkedHashMap<>();
        params.put("start", BigDecimal.valueOf(fromMs, 3).toPlainString());
        params.put("ofs", Integer.toString(pages * PAGE));
        rest.ask(
                "TradesHistory",
                params,
                Priority.QUERY,
                result -> {
                    lastPage = result.path("trades").size();
                    found.addAll(reports.trades(result.path("trades"), instrument));
                    return new VenueAnswer.Reported(List.of());
                },
                this::onPage);
    }

    private void onPage(VenueAnswer page) {
        if (!(page instanceof VenueAnswer.Reported)) {
            answer.accept(page);
        } else if (isAll && lastPage == PAGE && ++pages < MOST_PAGES) {
            next();
        } else {
            Collections.reverse(found);
            answer.accept(new VenueAnswer.Reported(List.copyOf(found)));
        }
    }
}
