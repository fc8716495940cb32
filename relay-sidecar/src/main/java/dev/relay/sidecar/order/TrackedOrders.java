package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.OpenSums;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An account's orders by client id and by the venue's id, which of them are open, and what those still ask for. Thread
 * "orders". Bounded: open orders by the executor; of ended ones the newest {@value #MAX_ENDED} are kept.
 */
final class TrackedOrders {
    static final int MAX_ENDED = 10_000;

    private final Map<String, TrackedOrder> byClientId = new HashMap<>();
    private final Map<String, TrackedOrder> byVenueId = new HashMap<>();
    private final Map<String, TrackedOrder> open = new LinkedHashMap<>();
    private final Set<String> ended = new LinkedHashSet<>();
    private final Map<String, OpenSums> sums = new HashMap<>();

    void add(TrackedOrder order) {
        byClientId.put(order.clientId, order);
        if (!order.venueOrderId.isEmpty()) {
            byVenueId.put(venueKey(order.symbol, order.venueOrderId), order);
        }
        if (!order.state.isTerminal()) {
            open.put(order.clientId, order);
        }
        moved(order);
    }

    /** An order that never left this process. */
    void remove(String clientId) {
        TrackedOrder order = byClientId.remove(clientId);
        if (order != null) {
            open.remove(clientId);
            sum(order, null);
        }
    }

    /** The order has changed; returns it as it is now. */
    OrderView moved(TrackedOrder order) {
        if (order.state.isTerminal()) {
            end(order);
        }
        OrderView view = order.view();
        sum(order, view);
        return view;
    }

    private void end(TrackedOrder order) {
        open.remove(order.clientId);
        if (!ended.add(order.clientId) || ended.size() <= MAX_ENDED) {
            return;
        }
        String oldest = ended.iterator().next();
        ended.remove(oldest);
        TrackedOrder gone = byClientId.remove(oldest);
        if (gone != null) {
            byVenueId.remove(venueKey(gone.symbol, gone.venueOrderId));
        }
    }

    /** Takes what the order added to its symbol's sums out, and puts in what it adds now. */
    private void sum(TrackedOrder order, @Nullable OrderView now) {
        OpenSums ofSymbol = sums.computeIfAbsent(order.symbol, symbol -> new OpenSums());
        OpenSums.Part before = order.part;
        if (before != null) {
            ofSymbol.remove(before);
        }
        OpenSums.Part after = now == null || now.state().isTerminal() ? null : OpenSums.Part.of(now);
        if (after != null) {
            ofSymbol.add(after);
        }
        order.part = after;
    }

    /** True when the venue's id is news. */
    boolean learnVenueId(TrackedOrder order, String venueOrderId) {
        if (venueOrderId.isEmpty() || !order.venueOrderId.isEmpty()) {
            return false;
        }
        order.venueOrderId = venueOrderId;
        byVenueId.put(venueKey(order.symbol, venueOrderId), order);
        return true;
    }

    private static String venueKey(String symbol, String venueOrderId) {
        return symbol + '/' + venueOrderId;
    }

    @Nullable
    TrackedOrder get(String clientId) {
        return byClientId.get(clientId);
    }

    boolean has(String clientId) {
        return byClientId.containsKey(clientId);
    }

    @Nullable
    TrackedOrder ofVenue(String symbol, String venueOrderId) {
        return byVenueId.get(venueKey(symbol, venueOrderId));
    }

    /** The order that a report is about: by the venue's id, else by the client's, which a stranger may have used too. */
    @Nullable
    TrackedOrder of(OrderReport report) {
        TrackedOrder known = ofVenue(report.symbol(), report.venueOrderId());
        String clientId = report.clientId();
        TrackedOrder named = known != null || clientId == null ? null : get(clientId);
        boolean isSame = named != null
                && named.symbol.equals(report.symbol())
                && (named.venueOrderId.isEmpty() || named.venueOrderId.equals(report.venueOrderId()));
        return isSame ? named : known;
    }

    /** Orders that have not ended, oldest first. */
    Collection<TrackedOrder> open() {
        return open.values();
    }

    /** What the open orders of the symbol still ask for. */
    OpenSums sums(String symbol) {
        return sums.getOrDefault(symbol, OpenSums.NONE);
    }
}
