package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * What leads from an agent's open orders of a symbol to the orders it wants, with as few requests as possible: an order that
 * is wanted as it stands is kept and not touched, one at a wanted price gets its quantity, of what is left each order is
 * moved to the nearest wanted price of its side, then the rest is cancelled or placed. Quantities are what is still to be
 * executed. Pure.
 *
 * <p>An order whose outcome is not known, or that is being changed, is not touched where its price is wanted: it is waited
 * for, and stands for that quote.
 *
 * @param keep wanted as they stand
 * @param await not known yet; wanted at this price
 * @param change to other terms
 * @param cancel not wanted
 * @param place the quotes, by their number in the request, that no order stands for
 */
record QuotePlan(
        List<OrderView> keep, List<OrderView> await, List<Change> change, List<OrderView> cancel, List<Integer> place) {

    /** Other terms for an order: the quote with this number. */
    record Change(OrderView order, int quote) {}

    static QuotePlan of(List<OrderView> open, List<OrderTerms> wanted) {
        return new Matching(open, wanted).plan();
    }

    static BigDecimal remaining(OrderView order) {
        return order.terms().quantity().subtract(order.cumulative()).max(BigDecimal.ZERO);
    }

    private static boolean isKnown(OrderView order) {
        return order.state().isAcknowledged() && order.pending().isEmpty();
    }

    /** Pairs orders with quotes, each once. */
    private static final class Matching {
        private final List<OrderView> orders;
        private final List<Integer> quotes = new ArrayList<>();
        private final List<OrderTerms> wanted;
        private final QuotePlan plan = new QuotePlan(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

        Matching(List<OrderView> open, List<OrderTerms> wanted) {
            this.orders = new ArrayList<>(open);
            this.wanted = wanted;
            for (int i = 0; i < wanted.size(); i++) {
                quotes.add(i);
            }
        }

        QuotePlan plan() {
            pair((order, quote) -> isSamePrice(order, quote) && isSameQuantity(order, quote), this::keepOrAwait);
            pair((order, quote) -> isSamePrice(order, quote) && !isKnown(order), this::keepOrAwait);
            pair((order, quote) -> isSamePrice(order, quote) && isSameKind(order, quote), this::change);
            moveToNearest();
            plan.cancel().addAll(orders);
            plan.place().addAll(quotes);
            return plan;
        }

        private interface Pair {
            void accept(OrderView order, int quote);
        }

        private void pair(BiPredicate<OrderView, OrderTerms> test, Pair then) {
            for (OrderView order : List.copyOf(orders)) {
                for (Integer quote : List.copyOf(quotes)) {
                    if (test.test(order, wanted.get(quote))) {
                        orders.remove(order);
                        quotes.remove(quote);
                        then.accept(order, quote);
                        break;
                    }
                }
            }
        }

        private void keepOrAwait(OrderView order, int quote) {
            (isKnown(order) ? plan.keep() : plan.await()).add(order);
        }

        private void change(OrderView order, int quote) {
            plan.change().add(new Change(order, quote));
        }

        private void moveToNearest() {
            for (OrderView order : List.copyOf(orders)) {
                Integer nearest = null;
                for (Integer quote : quotes) {
                    boolean isPossible = isKnown(order) && isSameKind(order, wanted.get(quote));
                    if (isPossible && (nearest == null || distance(order, quote) < distance(order, nearest))) {
                        nearest = quote;
                    }
                }
                if (nearest != null) {
                    orders.remove(order);
                    quotes.remove(nearest);
                    change(order, nearest);
                }
            }
        }

        private double distance(OrderView order, int quote) {
            return price(wanted.get(quote)).subtract(price(order.terms())).abs().doubleValue();
        }

        private static boolean isSameKind(OrderView order, OrderTerms quote) {
            return order.terms().side() == quote.side() && order.terms().type() == quote.type();
        }

        private static boolean isSamePrice(OrderView order, OrderTerms quote) {
            return order.terms().side() == quote.side() && price(order.terms()).compareTo(price(quote)) == 0;
        }

        private static boolean isSameQuantity(OrderView order, OrderTerms quote) {
            return remaining(order).compareTo(quote.quantity()) == 0;
        }

        private static BigDecimal price(OrderTerms terms) {
            BigDecimal price = terms.price();
            return price == null ? BigDecimal.ZERO : price;
        }
    }
}
