package dev.relay.sidecar.order;

import java.util.LinkedHashMap;
import java.util.Map;

/** Figures of the executor at one moment. Counts grow for the life of the process. */
public record OrderFacts(
        boolean isLive,
        boolean isKilled,
        int openOrders,
        int doubts,
        int cancelsWaiting,
        long placesWrittenCount,
        long doubtQueryCount,
        long vanishedCount,
        long staleReportCount,
        long repeatedFillCount,
        long externalOrderCount,
        long lateFillCount,
        long foreignReportCount,
        long reconciliationCount,
        long reconciliationFailedCount,
        long disconnectCount,
        long riskRefusedCount,
        String equity,
        String dayBaseline,
        Map<String, Long> discrepancies) {
    /** Before the first tick. */
    static final OrderFacts NONE =
            new OrderFacts(false, true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "0", Discrepancies.none());

    public Map<String, Object> toMap() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("live", isLive);
        facts.put("killed", isKilled);
        facts.put("open_orders", openOrders);
        facts.put("doubts", doubts);
        facts.put("cancels_waiting", cancelsWaiting);
        facts.put("places_written_total", placesWrittenCount);
        facts.put("doubt_queries_total", doubtQueryCount);
        facts.put("orders_vanished_total", vanishedCount);
        facts.put("stale_reports_total", staleReportCount);
        facts.put("repeated_fills_total", repeatedFillCount);
        facts.put("external_orders_total", externalOrderCount);
        facts.put("late_fills_total", lateFillCount);
        facts.put("foreign_reports_total", foreignReportCount);
        facts.put("reconciliations_total", reconciliationCount);
        facts.put("reconciliations_failed_total", reconciliationFailedCount);
        facts.put("venue_disconnects_total", disconnectCount);
        facts.put("risk_refused_total", riskRefusedCount);
        facts.put("equity", equity);
        facts.put("day_baseline", dayBaseline);
        discrepancies.forEach((kind, count) -> facts.put("discrepancies_" + kind + "_total", count));
        return facts;
    }
}
