package dev.relay.sidecar.simulation;

import dev.relay.exchange.BookView;
import dev.relay.exchange.api.DepthFault;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one subscriber has been told of one book, and what it has to be told next. */
final class ToldBook {
    /** Levels by price and quantity, as text; quantity 0 removes. */
    record Levels(List<String[]> bids, List<String[]> asks) {
        boolean isEmpty() {
            return bids.isEmpty() && asks.isEmpty();
        }

        /** The same with what the fault makes of it; faults of order and form leave it as it is. */
        Levels struck(DepthFault fault, BookView book) {
            List<String[]> changed = new ArrayList<>(bids);
            switch (fault) {
                case CROSSED ->
                    changed.add(new String[] {
                        new BigDecimal(book.asks().get(0).price())
                                .add(BigDecimal.ONE)
                                .toPlainString(),
                        "1"
                    });
                case EMPTY_SIDE -> book.bids().forEach(level -> changed.add(new String[] {level.price(), "0"}));
                case HUGE_NUMBER -> changed.add(new String[] {"9".repeat(25), "0." + "1".repeat(25)});
                case GAP, DUPLICATE, REORDER, LATE, BROKEN, UNKNOWN_FIELD -> {}
            }
            return new Levels(changed, asks);
        }
    }

    private Map<String, String> bids = Map.of();
    private Map<String, String> asks = Map.of();
    long id;

    /** The whole book, from now on known to the subscriber. */
    Levels whole(BookView book) {
        bids = Map.of();
        asks = Map.of();
        return changes(book);
    }

    /** What has changed since the last call. */
    Levels changes(BookView book) {
        Map<String, String> newBids = levels(book.bids());
        Map<String, String> newAsks = levels(book.asks());
        Levels changes = new Levels(changes(bids, newBids), changes(asks, newAsks));
        bids = newBids;
        asks = newAsks;
        return changes;
    }

    private static Map<String, String> levels(List<BookView.Level> side) {
        Map<String, String> levels = new LinkedHashMap<>();
        side.forEach(level -> levels.put(level.price(), level.qty()));
        return levels;
    }

    private static List<String[]> changes(Map<String, String> before, Map<String, String> now) {
        List<String[]> changes = new ArrayList<>();
        before.keySet().forEach(price -> {
            if (!now.containsKey(price)) {
                changes.add(new String[] {price, "0"});
            }
        });
        now.forEach((price, qty) -> {
            if (!qty.equals(before.get(price))) {
                changes.add(new String[] {price, qty});
            }
        });
        return changes;
    }
}
