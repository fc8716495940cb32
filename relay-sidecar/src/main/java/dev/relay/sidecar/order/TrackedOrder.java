package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.OpenSums;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The changing state of one order. Only {@link OrderTracker} touches it, on the thread "orders". */
final class TrackedOrder {
    final String account;
    final String clientId;
    final String agent;
    final String symbol;
    OrderTerms terms;
    final boolean isExternal;
    final long createdAtMs;
    OrderState state;
    String venueOrderId = "";
    BigDecimal cumulative = BigDecimal.ZERO;
    BigDecimal filled = BigDecimal.ZERO;
    BigDecimal notional = BigDecimal.ZERO;
    final Map<String, BigDecimal> fees = new TreeMap<>();
    String pending = "";
    String replaces = "";
    String reason = "";
    long updatedAtMs;
    long eventNo;
    OpenSums.@Nullable Part part;

    TrackedOrder(
            String account,
            String clientId,
            String agent,
            String symbol,
            OrderTerms terms,
            OrderState state,
            boolean isExternal,
            long createdAtMs) {
        this.account = account;
        this.clientId = clientId;
        this.agent = agent;
        this.symbol = symbol;
        this.terms = terms;
        this.state = state;
        this.isExternal = isExternal;
        this.createdAtMs = createdAtMs;
        this.updatedAtMs = createdAtMs;
    }

    static TrackedOrder restore(OrderView view) {
        TrackedOrder order = new TrackedOrder(
                view.account(),
                view.clientId(),
                view.agent(),
                view.symbol(),
                view.terms(),
                view.state(),
                view.isExternal(),
                view.createdAtMs());
        order.venueOrderId = view.venueOrderId();
        order.cumulative = view.cumulative();
        order.filled = view.filled();
        order.notional = view.notional();
        order.fees.putAll(view.fees());
        order.pending = view.pending();
        order.replaces = view.replaces();
        order.reason = view.reason();
        order.updatedAtMs = view.updatedAtMs();
        order.eventNo = view.eventNo();
        return order;
    }

    /** Adds a new fill to the totals; the state follows where it may still move. */
    void book(Fill fill) {
        filled = filled.add(fill.quantity());
        notional = notional.add(fill.notional());
        if (fill.commission().signum() != 0) {
            fees.merge(fill.commissionAsset(), fill.commission(), BigDecimal::add);
        }
        cumulative = cumulative.max(filled);
        boolean isComplete = terms.quantity().signum() > 0 && filled.compareTo(terms.quantity()) >= 0;
        advance(isComplete ? OrderState.FILLED : OrderState.PARTIALLY_FILLED);
    }

    /** Moves forward only. True when the state changed. */
    boolean advance(OrderState next) {
        if (!state.precedes(next)) {
            return false;
        }
        state = next;
        if (next.isTerminal()) {
            pending = "";
        }
        return true;
    }

    OrderView view() {
        return new OrderView(
                account,
                clientId,
                agent,
                symbol,
                terms,
                state,
                venueOrderId,
                cumulative,
                filled,
                notional,
                Map.copyOf(fees),
                pending,
                replaces,
                reason,
                isExternal,
                createdAtMs,
                updatedAtMs,
                eventNo);
    }
}
