package dev.relay.sidecar.journal;

import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.OrderView;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a journal held when it was opened.
 *
 * @param journalId made once per file; Redis state written from another journal is not trusted
 * @param orders all open orders and the newest ended ones, by event number
 * @param fills every booked fill, by event number
 * @param cursors per symbol the trade id up to which the venue's trade list was booked
 * @param isKilled the kill switch; true also when its record is unreadable
 */
public record JournalState(
        String journalId,
        long lastEventNo,
        List<OrderView> orders,
        List<BookedFill> fills,
        Map<String, Long> cursors,
        boolean isKilled) {

    /** When an order moved last, by the wall clock; 0 when none ever did. */
    public long lastActMs() {
        return orders.stream().mapToLong(OrderView::updatedAtMs).max().orElse(0);
    }

    /** Of which there are open orders. */
    public Set<String> openSymbols() {
        return orders.stream()
                .filter(order -> !order.state().isTerminal())
                .map(OrderView::symbol)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** A fill and the event that booked it. */
    public record BookedFill(Fill fill, long eventNo) {}
}
