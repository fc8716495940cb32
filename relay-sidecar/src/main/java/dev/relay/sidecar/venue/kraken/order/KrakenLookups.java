package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Questions for orders by the venue's id. Those that wait for the counter's room go out together, up to {@value #MOST_AT_ONCE}
 * in a request that costs as much as one. Thread "orders"; bounded by the orders of this side, each id once.
 */
final class KrakenLookups {
    private static final int MOST_AT_ONCE = 50;

    private final KrakenRest rest;
    private final KrakenReports reports;
    private final LongSupplier venueMs;
    private Map<String, List<Consumer<VenueAnswer>>> waiting = new LinkedHashMap<>();

    /** One request; who waits for it is known once it leaves. */
    private final class Batch {
        private Map<String, List<Consumer<VenueAnswer>>> asked = Map.of();
        private final Map<String, OrderReport> found = new HashMap<>();
        private long askedAtMs;

        Map<String, String> params() {
            asked = takeSome();
            askedAtMs = venueMs.getAsLong();
            return Map.of("txid", String.join(",", asked.keySet()));
        }

        VenueAnswer read(JsonNode byId) {
            reports.orders(byId).forEach(report -> found.put(report.venueOrderId(), report));
            return new VenueAnswer.Reported(List.of());
        }

        /** None of them known is an error in the venue's words; a request that never left has all who wait. */
        void onAnswer(VenueAnswer answer) {
            Map<String, List<Consumer<VenueAnswer>>> told = asked.isEmpty() ? takeSome() : asked;
            told.forEach((id, askers) -> {
                VenueAnswer own = answer instanceof VenueAnswer.Reported ? outcome(id) : answer;
                askers.forEach(asker -> asker.accept(own));
            });
        }

        private VenueAnswer outcome(String id) {
            OrderReport report = found.get(id);
            return report == null ? new VenueAnswer.NotFound(askedAtMs) : new VenueAnswer.Reported(List.of(report));
        }
    }

    KrakenLookups(KrakenRest rest, KrakenReports reports, LongSupplier venueMs) {
        this.rest = rest;
        this.reports = reports;
        this.venueMs = venueMs;
    }

    void find(String venueOrderId, Consumer<VenueAnswer> answer) {
        boolean isFirst = waiting.isEmpty();
        waiting.computeIfAbsent(venueOrderId, id -> new ArrayList<>()).add(answer);
        if (isFirst) {
            send();
        }
    }

    private void send() {
        Batch batch = new Batch();
        rest.ask("QueryOrders", batch::params, batch::read, batch::onAnswer);
    }

    /** The others get a request of their own. */
    private Map<String, List<Consumer<VenueAnswer>>> takeSome() {
        Map<String, List<Consumer<VenueAnswer>>> some = waiting;
        waiting = new LinkedHashMap<>();
        if (some.size() > MOST_AT_ONCE) {
            List<String> later = some.keySet().stream().skip(MOST_AT_ONCE).toList();
            later.forEach(id -> waiting.put(id, some.remove(id)));
            send();
        }
        return some;
    }
}
