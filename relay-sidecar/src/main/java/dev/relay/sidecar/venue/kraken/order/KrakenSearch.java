package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Questions for orders by their client id: among the open ones, then among the ended ones. One order is asked for by its
 * id; several that wait are looked for together, in the list of all open orders and in the pages of those that ended and
 * had opened when these were placed, so that it takes no more requests than for one.
 *
 * <p>One search at a time; who waits for it is known once it leaves. Thread "orders"; bounded by the orders of this side.
 */
final class KrakenSearch {
    static final int PAGE = 50;
    /** Placed within so long they are looked for together. */
    private static final long SPAN_MS = 60_000;
    /** The clocks may differ. */
    private static final long MARGIN_MS = 60_000;

    private final KrakenRest rest;
    private final KrakenReports reports;
    private final LongSupplier venueMs;
    private final List<Wanted> waiting = new ArrayList<>();
    private boolean isSearching;

    private record Wanted(OrderView order, Consumer<VenueAnswer> answer) {}

    KrakenSearch(KrakenRest rest, KrakenReports reports, LongSupplier venueMs) {
        this.rest = rest;
        this.reports = reports;
        this.venueMs = venueMs;
    }

    void find(OrderView order, Consumer<VenueAnswer> answer) {
        waiting.add(new Wanted(order, answer));
        next();
    }

    private void next() {
        if (!isSearching && !waiting.isEmpty()) {
            isSearching = true;
            Search search = new Search();
            rest.ask("OpenOrders", search::begin, search::read, search::onOpen);
        }
    }

    /** One walk through both lists. */
    private final class Search {
        private final List<Wanted> wanted = new ArrayList<>();
        private final Map<String, OrderReport> found = new HashMap<>();
        private long askedAtMs;
        private int pageSize;

        /** What opens later than this is in neither list. */
        Map<String, String> begin() {
            askedAtMs = venueMs.getAsLong();
            take();
            return wanted.size() == 1 ? named() : Map.of();
        }

        private void take() {
            long firstMs = waiting.get(0).order().createdAtMs();
            waiting.removeIf(one -> Math.abs(one.order().createdAtMs() - firstMs) <= SPAN_MS && wanted.add(one));
        }

        private Map<String, String> named() {
            return Map.of("cl_ord_id", wanted.get(0).order().clientId());
        }

        VenueAnswer read(JsonNode result) {
            JsonNode list = result.path(result.has("open") ? "open" : "closed");
            pageSize = list.size();
            for (OrderReport report : reports.orders(list)) {
                String clientId = report.clientId();
                if (clientId != null) {
                    found.put(clientId, report);
                }
            }
            return new VenueAnswer.Reported(List.of());
        }

        /** A request that never left has all who wait. */
        void onOpen(VenueAnswer open) {
            if (wanted.isEmpty()) {
                take();
            }
            if (open instanceof VenueAnswer.Reported) {
                tellFound();
                askEnded(0);
            } else {
                end(open);
            }
        }

        private void askEnded(int offset) {
            if (wanted.isEmpty()) {
                end(new VenueAnswer.NotFound(askedAtMs));
                return;
            }
            boolean isOne = wanted.size() == 1;
            rest.ask("ClosedOrders", () -> isOne ? named() : window(offset), this::read, ended -> {
                if (!(ended instanceof VenueAnswer.Reported)) {
                    end(ended);
                    return;
                }
                tellFound();
                if (isOne || pageSize < PAGE) {
                    end(new VenueAnswer.NotFound(askedAtMs));
                } else {
                    askEnded(offset + PAGE); // what ends meanwhile moves the others on: none is missed
                }
            });
        }

        private Map<String, String> window(int offset) {
            long firstMs = wanted.stream()
                    .mapToLong(one -> one.order().createdAtMs())
                    .min()
                    .orElseThrow();
            Map<String, String> params = new LinkedHashMap<>();
            params.put("closetime", "open");
            params.put("start", seconds(firstMs - MARGIN_MS));
            params.put("end", seconds(firstMs + SPAN_MS + MARGIN_MS));
            params.put("ofs", Integer.toString(offset));
            return params;
        }

        private void tellFound() {
            for (Wanted one : List.copyOf(wanted)) {
                OrderReport report = found.get(one.order().clientId());
                if (report != null) {
                    wanted.remove(one);
                    one.answer().accept(new VenueAnswer.Reported(List.of(report)));
                }
            }
        }

        private void end(VenueAnswer toTheOthers) {
            isSearching = false;
            wanted.forEach(one -> one.answer().accept(toTheOthers));
            next();
        }
    }

    private static String seconds(long ms) {
        return BigDecimal.valueOf(ms, 3).toPlainString();
    }
}
