package dev.relay.sidecar.order;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Brings an agent's open orders of a symbol to the set it wants, by {@link QuotePlan}: what takes risk away goes first
 * (cancels, then changes, then places). Each step is an ordinary request with all its checks, so a refused one leaves the
 * others; the answer has one result for each order. The same request again changes nothing that is done: new orders have
 * ids made from the request's id and the quote's number. Owned by the thread "orders".
 */
final class Quotes {
    private final OrderTracker tracker;
    private final Steps steps;
    private final Places places;

    /** Handles one step. */
    interface Steps {
        void handle(OrderRequest request, Consumer<OrderResult> done);
    }

    Quotes(OrderTracker tracker, Places places, Steps steps) {
        this.tracker = tracker;
        this.places = places;
        this.steps = steps;
    }

    void quote(OrderRequest.Quotes request, Consumer<OrderResult> done) {
        List<OrderView> open = new ArrayList<>(tracker.openOrders());
        open.removeIf(order -> order.isExternal()
                || order.terms().price() == null
                || !order.agent().equals(request.agent())
                || !order.symbol().equals(request.symbol()));
        QuotePlan plan = QuotePlan.of(open, request.wanted());
        int count = plan.keep().size()
                + plan.await().size()
                + plan.change().size()
                + plan.cancel().size()
                + plan.place().size();
        List<OrderResult> results = new ArrayList<>();
        if (count == 0) {
            done.accept(new OrderResult.Batch(results));
            return;
        }
        Consumer<OrderResult> collect = result -> {
            results.add(result);
            if (results.size() == count) {
                done.accept(new OrderResult.Batch(List.copyOf(results)));
            }
        };
        plan.keep().forEach(order -> collect.accept(new OrderResult.Accepted(order)));
        plan.await().forEach(order -> places.join(order, collect));
        plan.cancel()
                .forEach(order -> steps.handle(new OrderRequest.Cancel(order.clientId(), request.agent()), collect));
        plan.change().forEach(change -> steps.handle(amend(request, change), collect));
        plan.place().forEach(quote -> steps.handle(place(request, quote), collect));
    }

    private static OrderRequest.Amend amend(OrderRequest.Quotes request, QuotePlan.Change change) {
        OrderTerms wanted = request.wanted().get(change.quote());
        return new OrderRequest.Amend(
                change.order().clientId(),
                request.agent(),
                ClientOrderId.child(request.parentId(), change.quote()),
                wanted.price(),
                change.order().cumulative().add(wanted.quantity()),
                request.expiresAtMs());
    }

    private static OrderRequest.Place place(OrderRequest.Quotes request, int quote) {
        return new OrderRequest.Place(
                ClientOrderId.child(request.parentId(), quote),
                request.agent(),
                request.symbol(),
                request.wanted().get(quote),
                request.expiresAtMs());
    }
}
